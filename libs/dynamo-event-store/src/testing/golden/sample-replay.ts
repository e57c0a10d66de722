import type { AggregateClass } from '../../aggregate/aggregate-root.js';
import { aggregateDefinitionOf } from '../../aggregate/aggregate-definition.js';
import { DynamoEventStore } from '../../dynamo/dynamo-event-store.js';
import { LocalKeyProvider } from '../../personal/local-key-provider.js';
import { eventTableDefinition } from '../../dynamo/table-definition.js';
import type { EventClass, EventSerializer } from '../../event/event-serializer.js';
import type { RecordedEvent } from '../../event/recorded-event.js';
import type { UpcasterDefinition } from '../../event/upcaster.js';
import { AggregateRepository } from '../../repository/aggregate-repository.js';
import { SimulatedDynamoDb } from '../simulation/simulated-dynamodb.js';
import { AS_STORED, standInFor } from './sample-events.js';
import type { SampleEvent } from './sample-file.js';

/** What the code of now knows. */
export interface ReplaySettings {
  readonly events: readonly EventClass[];
  readonly upcasters: readonly UpcasterDefinition[];
  readonly serializer: EventSerializer | undefined;
  readonly aggregates: readonly AggregateClass[];
}

const TABLE = 'events';
const ID = 'golden-sample';

/**
 * What the store gives for stored events. They are written to a simulated DynamoDB under the names and versions that they
 * were stored with, and read by a store that knows the classes of now, so nothing of the way that stored events take is
 * left out. Those aggregates that handle all of the result are loaded from it too.
 */
export async function replay(stored: readonly SampleEvent[], settings: ReplaySettings): Promise<RecordedEvent[]> {
  const recorded = await readFrom('golden-sample', stored, settings);
  for (const aggregate of settings.aggregates) {
    const { name, reducers } = aggregateDefinitionOf(aggregate);
    const handlesAll = recorded.length > 0 && recorded.every(({ event }) => reducers.has(event.constructor));
    if (handlesAll) await new AggregateRepository(await storeWith(name, stored, settings)).load(aggregate, ID);
  }
  return recorded;
}

async function readFrom(
  aggregate: string,
  stored: readonly SampleEvent[],
  settings: ReplaySettings,
): Promise<RecordedEvent[]> {
  const store = await storeWith(aggregate, stored, settings);
  const recorded: RecordedEvent[] = [];
  for await (const event of store.read({ aggregate, id: ID })) recorded.push(event);
  return recorded;
}

async function storeWith(
  aggregate: string,
  stored: readonly SampleEvent[],
  { events, upcasters, serializer }: ReplaySettings,
): Promise<DynamoEventStore> {
  const database = new SimulatedDynamoDb();
  const { client } = database;
  database.createTable(TABLE, eventTableDefinition({ tableName: TABLE }));
  for (const commit of commitsOf(stored)) {
    const standIns = commit.map(standInFor);
    const classes = standIns.flatMap(({ eventClass }) => (eventClass === undefined ? [] : [eventClass]));
    const writer = new DynamoEventStore({ client, tableName: TABLE, events: classes, serializer: AS_STORED });
    const instances = standIns.map(({ event }) => event);
    await writer.append({ aggregate, id: ID }, instances, { expected: 'any' });
  }
  const personalData = { keys: LocalKeyProvider.ephemeral() };
  return new DynamoEventStore({
    client,
    tableName: TABLE,
    events,
    upcasters,
    personalData,
    ...(serializer && { serializer }),
  });
}

/** One commit, unless it would hold a name twice: a store knows one class for a name. */
function commitsOf(stored: readonly SampleEvent[]): SampleEvent[][] {
  const commits: SampleEvent[][] = [];
  for (const event of stored) {
    const last = commits.at(-1);
    if (last === undefined || last.some(({ type }) => type === event.type)) commits.push([event]);
    else last.push(event);
  }
  return commits;
}
