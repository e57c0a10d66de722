import { GetItemCommand, QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../libs/dynamo-event-store/src/dynamo/item-size.js';
import { testClient } from '../dynamodb.js';
import { recordingClient, type WireRequest } from '../recording-client.js';
import type { MeteredEngine } from './metered-engine.js';
import { keyOf, touchedKeys, unitsOf, type ItemsAround } from './wire-bill.js';

/** A request, and the items that it touches as they were before it. */
interface Bill {
  readonly request: WireRequest;
  readonly before: ItemsAround['before'];
}

/** DynamoDB Local; what it does not report, or not truly, follows from what went over the wire. See `unitsOf`. */
export function meteredLocal(): MeteredEngine {
  const wire = recordingClient();
  /** Looks at items before they are written, and afterwards, at no cost. */
  const hand = testClient();
  const bills: Bill[] = [];

  async function itemsTouchedBy(request: WireRequest): Promise<Map<string, Item>> {
    const items = new Map<string, Item>();
    for (const { table, key } of touchedKeys(request)) {
      const { Item: item } = await hand.send(new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }));
      if (item !== undefined) items.set(keyOf(key), item);
    }
    return items;
  }

  async function lookAtItems(request: WireRequest): Promise<undefined> {
    bills.push({ request, before: await itemsTouchedBy(request) });
  }

  return {
    name: 'DynamoDB Local',
    client: wire.client,
    async measure(work) {
      wire.reset();
      bills.length = 0;
      wire.fault = lookAtItems;
      await work();
      wire.fault = () => undefined;
      const counts: Record<string, number> = {};
      for (const operation of wire.operations()) counts[operation] = (counts[operation] ?? 0) + 1;
      const units = await Promise.all(
        bills.map(async ({ request, before }) => unitsOf(request, { before, after: await itemsTouchedBy(request) })),
      );
      return {
        requests: counts,
        writeUnits: units.reduce((sum, { write }) => sum + write, 0),
        readUnits: units.reduce((sum, { read }) => sum + read, 0),
      };
    },
    async itemsOf(table, partitionKey) {
      const items: Item[] = [];
      let page: Partial<QueryCommandOutput> = {};
      do {
        page = await hand.send(
          new QueryCommand({
            TableName: table,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': { S: partitionKey } },
            ConsistentRead: true,
            ...(page.LastEvaluatedKey === undefined ? {} : { ExclusiveStartKey: page.LastEvaluatedKey }),
          }),
        );
        items.push(...(page.Items ?? []));
      } while (page.LastEvaluatedKey !== undefined);
      return items;
    },
    close() {
      wire.client.destroy();
      hand.destroy();
    },
  };
}
