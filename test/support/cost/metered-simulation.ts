import { SimulatedDynamoDb } from 'nestjs-dynamo-event-store/testing';
import type { Measured, MeteredEngine } from './metered-engine.js';

/** The simulated DynamoDB, which charges for every request by the published rules, transactions and refusals included. */
export function meteredSimulation(): MeteredEngine {
  const database = new SimulatedDynamoDb();
  return {
    name: 'the simulated DynamoDB',
    client: database.client,
    async measure(work): Promise<Measured> {
      const { requests, writeUnits, readUnits } = structuredClone(database.consumed);
      await work();
      const after = database.consumed;
      const counts = Object.entries(after.requests).map(([operation, count]): [string, number] => [
        operation,
        count - (requests[operation] ?? 0),
      ]);
      return {
        requests: Object.fromEntries(counts.filter(([, count]) => count > 0)),
        writeUnits: after.writeUnits - writeUnits,
        readUnits: after.readUnits - readUnits,
      };
    },
    itemsOf: (table, partitionKey) => Promise.resolve(database.items(table).filter(({ pk }) => pk?.S === partitionKey)),
    close: () => undefined,
  };
}
