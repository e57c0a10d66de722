import { controlTableDefinition } from '../../libs/dynamo-event-store/src/dynamo/control-schema.js';
import { DynamoControlStore } from '../../libs/dynamo-event-store/src/dynamo/dynamo-control-store.js';
import { DynamoRequests } from '../../libs/dynamo-event-store/src/dynamo/dynamo-requests.js';
import { SimulatedDynamoDb, type VirtualTime } from '../../libs/dynamo-event-store/src/testing/simulation/index.js';

export const CONTROL_TABLE = 'events-control';

export interface SimulatedControl {
  readonly database: SimulatedDynamoDb;
  readonly control: DynamoControlStore;
  /** The same records through another client, as another process has them. */
  another(): DynamoControlStore;
}

/** A control table in a simulated database; in virtual time its requests take 1 to 10 ms each way. */
export function simulatedControl(time?: VirtualTime): SimulatedControl {
  const database = new SimulatedDynamoDb(time === undefined ? {} : { time });
  database.createTable(CONTROL_TABLE, controlTableDefinition(CONTROL_TABLE));
  const another = (): DynamoControlStore => {
    const client = database.clientFor();
    return new DynamoControlStore(
      new DynamoRequests(
        () => client,
        () => Promise.resolve(),
      ),
      () => CONTROL_TABLE,
    );
  };
  return { database, control: another(), another };
}
