import { DynamoEventStore, type StreamHead } from 'nestjs-dynamo-event-store';
import { clientConfig } from '../../contestants/client-config.js';
import { BOOKED, bookingAt, USUAL_SIZE } from '../../scale/bookings.js';
import { appendFirst, endpointOf, TABLE } from './first-appends.js';

/** The store without Nest. */
const store = new DynamoEventStore({ tableName: TABLE, clientConfig: clientConfig(endpointOf(process.argv)) });
let expected: StreamHead | 'none' = 'none';
await appendFirst(async (version) => {
  const event = { type: BOOKED, payload: bookingAt(version, USUAL_SIZE) };
  expected = await store.append({ aggregate: 'account', id: 'a' }, [event], { expected });
});
