import { UpdateItemCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  DomainEvent,
  DynamoEventStore,
  EventHandler,
  eventTableDefinition,
  type AggregateClass,
  type AggregateOptions,
  type EventSequence,
} from 'nestjs-dynamo-event-store';
import { SimulatedDynamoDb } from 'nestjs-dynamo-event-store/testing';

@DomainEvent({ name: 'counted' })
class Counted {
  constructor(readonly by: number) {}
}

abstract class Counter extends AggregateRoot {
  n = 0;

  count(by: number): this {
    this.apply(new Counted(by));
    return this;
  }

  @EventHandler(Counted) protected onCounted({ by }: Counted): void {
    this.n += by;
  }
}

function counterClass(options: Partial<AggregateOptions>): AggregateClass<Counter> {
  @Aggregate({ name: 'counter', ...options })
  class SomeCounter extends Counter {}
  return SomeCounter;
}

const tableName = 'events';
const SNAPSHOT = { snapshot: { every: 1_000, write: 'await' } } as const;

describe('the time to live of a living aggregate', () => {
  let now: number;
  let database: SimulatedDynamoDb;
  const clock = (): Date => new Date(now);

  beforeEach(async () => {
    now = Date.parse('2026-01-01');
    database = new SimulatedDynamoDb();
    database.createTable(tableName, eventTableDefinition({ tableName }));
    const TimeToLiveSpecification = { AttributeName: 'ttl', Enabled: true };
    await database.client.send(new UpdateTimeToLiveCommand({ TableName: tableName, TimeToLiveSpecification }));
  });

  /** A process of its own, with nothing in memory. */
  const newStore = (): DynamoEventStore =>
    new DynamoEventStore({ client: database.client, tableName, clock, events: [Counted] });
  const newRepository = (): AggregateRepository => new AggregateRepository(newStore(), { clock });

  const create = (counters: AggregateClass<Counter>): Promise<unknown> =>
    newRepository().save(new counters('1').count(1));
  const add = (counters: AggregateClass<Counter>, by: number): Promise<unknown> =>
    newRepository().update(counters, '1', (counter) => void counter.count(by));

  async function stateOf(counters: AggregateClass<Counter>): Promise<[version: number, n: number]> {
    const { version, n } = await newRepository().load(counters, '1');
    return [version, n];
  }

  async function versionsIn(events: EventSequence): Promise<number[]> {
    const versions: number[] = [];
    for await (const { version } of events) versions.push(version);
    return versions;
  }

  /** Passes the time, and lets DynamoDB delete what has expired, or not yet. */
  const variants = [true, false] as const;
  const pass = (seconds: number, deletes: boolean): void => {
    now += seconds * 1000;
    if (deletes) database.expire(tableName, now / 1000);
  };

  describe.each(variants)('(deleted by DynamoDB: %s)', (deletes) => {
    it('may be added: what follows on events that never expire does not expire either', async () => {
      const [without, expiring] = [counterClass({}), counterClass({ ttlSeconds: 100 })];
      await create(without);
      await add(expiring, 10);
      pass(200, deletes);
      expect(await stateOf(expiring)).toEqual([2, 11]);
      await add(expiring, 100);
      pass(200, deletes);
      expect(await stateOf(expiring)).toEqual([3, 111]);
      expect(await versionsIn(newRepository().history(expiring, '1'))).toEqual([1, 2, 3]);
    });

    it('may be shortened: what follows stays as long as what it follows on', async () => {
      const [long, short] = [counterClass({ ttlSeconds: 1_000 }), counterClass({ ttlSeconds: 10 })];
      await create(long);
      await add(short, 10);
      pass(500, deletes);
      expect(await stateOf(short)).toEqual([2, 11]);
      pass(501, deletes);
      expect(await newRepository().find(short, '1')).toBeUndefined();
    });

    it.each<[string, Partial<AggregateOptions>]>([
      ['taken away', {}],
      ['lengthened', { ttlSeconds: 100_000 }],
    ])('may be %s: history gives what is left, and a load says that the beginning has expired', async (_, options) => {
      const [before, after] = [counterClass({ ttlSeconds: 100 }), counterClass(options)];
      await create(before);
      await add(after, 10);
      await add(after, 100);
      expect(await stateOf(after)).toEqual([3, 111]);
      pass(200, deletes);
      expect(await versionsIn(newRepository().history(after, '1'))).toEqual([2, 3]);
      expect(await versionsIn(newRepository().history(after, '1', { order: 'backward' }))).toEqual([3, 2]);
      await expect(newRepository().load(after, '1')).rejects.toMatchObject({
        code: 'STREAM_CORRUPTED',
        message: expect.stringContaining('have expired'),
      });
    });

    it.each<[string, Partial<AggregateOptions>]>([
      ['taken away', {}],
      ['lengthened', { ttlSeconds: 100_000 }],
    ])('may be %s with snapshots: the state outlives the events that expire as before', async (_, options) => {
      const [before, after] = [
        counterClass({ ttlSeconds: 100, ...SNAPSHOT }),
        counterClass({ ...options, ...SNAPSHOT }),
      ];
      await create(before);
      await add(after, 10);
      await add(after, 100);
      pass(1_000, deletes);
      expect(await stateOf(after)).toEqual([3, 111]);
      await add(after, 1_000);
      expect(await stateOf(after)).toEqual([4, 1_111]);
    });

    it('does not reopen a closed aggregate when it is added', async () => {
      const [without, expiring] = [counterClass({}), counterClass({ ttlSeconds: 100 })];
      await create(without);
      await newRepository().close(expiring, '1');
      pass(200, deletes);
      await expect(add(expiring, 10)).rejects.toMatchObject({ code: 'STREAM_CLOSED' });
    });
  });

  it('is never the reason for a state without its last event: a hole of older releases is damage', async () => {
    const counters = counterClass({});
    await create(counters);
    await add(counters, 10);
    const [, second] = database.items(tableName);
    await database.client.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: { pk: second!['pk']!, sk: second!['sk']! },
        UpdateExpression: 'SET #ttl = :past',
        ExpressionAttributeNames: { '#ttl': 'ttl' },
        ExpressionAttributeValues: { ':past': { N: String(now / 1000 - 1) } },
      }),
    );
    await expect(newRepository().load(counters, '1')).rejects.toMatchObject({ code: 'STREAM_CORRUPTED', version: 2 });
    for (const order of ['forward', 'backward'] as const)
      await expect(versionsIn(newStore().read({ aggregate: 'counter', id: '1' }, { order }))).rejects.toMatchObject({
        code: 'STREAM_CORRUPTED',
        version: 2,
      });
  });

  it('counts for a command whose key is repeated, and for what follows on its head', async () => {
    const [store, reader] = [newStore(), newStore()];
    const stream = { aggregate: 'counter', id: '1' };
    const keyed = { expected: 'none', idempotencyKey: 'k', ttl: new Date(now + 1_000_000) } as const;
    await store.append(stream, [new Counted(1)], keyed);
    const head = await newStore()
      .append(stream, [new Counted(1)], keyed)
      .catch(() => undefined);
    const repeated = head ?? (await store.append(stream, [new Counted(1)], keyed));
    expect(repeated.repeated).toBe(true);
    await reader.append(stream, [new Counted(2)], { expected: repeated, ttl: new Date(now + 1_000) });
    now += 10_000;
    expect(await versionsIn(store.read(stream))).toEqual([1, 2]);
  });
});
