import { randomBytes } from 'node:crypto';
import { BatchWriteItemCommand, PutItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { codec, commit, contiguous, opener, stream, tombstone } from '../../../../test/support/hand-made-log.js';
import { itemsInParts } from '../../../../test/support/items-in-parts.js';
import { eachOf } from '../store/commit-pages.js';
import { encodeBody } from '../store/commit-body.js';
import { endOf, prepareCommit, type Commit } from '../store/commit.js';
import type { CommitQuery, LogWrite } from '../store/commit-log.js';
import { CommitSequence } from '../store/commit-sequence.js';
import { hashOf, type Receipt } from '../store/receipt.js';
import type { Snapshot } from '../store/snapshot.js';
import { StateReader } from '../store/state-reader.js';
import { HeadLedger } from '../store/stream-head.js';
import { SimulatedDynamoDb } from '../testing/simulation/index.js';
import { DynamoCommitLog } from './dynamo-commit-log.js';
import { DynamoRequests } from './dynamo-requests.js';
import type { Item } from './item-size.js';
import { toSnapshotItem } from './snapshot-item.js';
import { eventTableDefinition } from './table-definition.js';

const TABLE = 'events';
const NOW = new Date(3_000_000_000_000);
const other = { aggregate: 'stock', id: 's-1' };

interface Request {
  readonly operation: string;
  readonly input: Record<string, unknown>;
}

interface Setting {
  readonly database: SimulatedDynamoDb;
  readonly log: DynamoCommitLog;
  readonly requests: Request[];
  /** What goes wrong with a request instead of its answer; asked before it is sent. */
  fault: (request: Request) => Error | undefined;
}

function setting(): Setting {
  const database = new SimulatedDynamoDb();
  database.createTable(TABLE, eventTableDefinition({ tableName: TABLE }));
  const requests: Request[] = [];
  const client = {
    send: async (command: { readonly input: Record<string, unknown> }) => {
      const request = { operation: command.constructor.name.replace(/Command$/, ''), input: command.input };
      requests.push(request);
      const fault = created.fault(request);
      if (fault !== undefined) throw fault;
      return database.client.send(command as never);
    },
  } as unknown as DynamoDBClient;
  const log = new DynamoCommitLog(
    new DynamoRequests(
      () => client,
      () => Promise.resolve(),
    ),
    () => TABLE,
    4,
    () => NOW,
  );
  const created: Setting = { database, log, requests, fault: () => undefined };
  return created;
}

async function put(database: SimulatedDynamoDb, items: readonly Item[]): Promise<void> {
  for (const Item of items) await database.client.send(new PutItemCommand({ TableName: TABLE, Item }));
}

async function collect(commits: AsyncIterable<Commit>): Promise<Commit[]> {
  const found: Commit[] = [];
  for await (const each of commits) found.push(each);
  return found;
}

const all: CommitQuery = {
  order: 'forward',
  lowest: 1,
  highest: Number.MAX_SAFE_INTEGER,
  limit: undefined,
  consistency: 'strong',
};

/** A commit of so many bytes that gzip cannot make fewer. */
function large(version: number, bytes: number, commitId = `c-${version}`): Commit {
  const events = [codec.encode({ type: 'noted', payload: randomBytes(bytes) })];
  const prepared = prepareCommit(stream, events, { commitId, metadata: undefined, ttl: undefined });
  return { ...prepared, version, recordedAt: version * 1000 };
}

function snapshotAt(version: number, changes: Partial<Snapshot> = {}): Snapshot {
  const state = encodeBody([{ typeIndex: 0, payload: '{}' }]);
  const mark = { first: version, commitId: `c-${version}`, recordedAt: version * 1000 };
  return { stream, version, commit: mark, schemaVersion: 1, state, ttl: undefined, ...changes };
}

const shapes = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 })), {
  minLength: 1,
  maxLength: 6,
});

interface History {
  readonly commits: readonly Commit[];
  readonly items: readonly Item[];
}

function historyOf(given: readonly (readonly [number, number])[], isClosed: boolean): History {
  const open = contiguous(...given.map(([count]) => count));
  const commits = isClosed ? [...open, tombstone(endOf(open.at(-1)!) + 1)] : open;
  return { commits, items: commits.flatMap((each, index) => itemsInParts(each, given[index]?.[1] ?? 1)) };
}

describe('commits are read', () => {
  it('whole, in either order, within any bounds, however many items they are in, and as many as are asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        shapes,
        fc.boolean(),
        fc.constantFrom('forward' as const, 'backward' as const),
        fc.integer({ min: 1, max: 19 }),
        fc.nat(18),
        fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
        async (given, isClosed, order, lowest, span, limit) => {
          const { database, log } = setting();
          const { commits, items } = historyOf(given, isClosed);
          await put(database, [...items, toSnapshotItem(snapshotAt(1))]);
          const highest = lowest + span;
          const found = await collect(eachOf(log.pages(stream, { ...all, order, lowest, highest, limit })));
          const inside = commits.filter(({ version }) => version >= lowest && version <= highest);
          expect(found).toEqual(order === 'forward' ? inside : inside.reverse());
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each<[string, Partial<CommitQuery>, number, number[]]>([
    ['the last one', { order: 'backward', limit: 1 }, 1, [1]],
    ['the last one below a version, in parts', { order: 'backward', highest: 2, limit: 1 }, 1, [1, 3]],
    ['one from a version on, in parts', { lowest: 2, limit: 1 }, 1, [1, 3]],
    ['two, the second one in parts', { limit: 2 }, 2, [2, 3]],
    ['two where one was thought to be enough', { order: 'backward', limit: 1 }, 2, [1, 1, 3]],
  ])('with no more items than are needed: %s', async (_, query, count, limits) => {
    const { database, log, requests } = setting();
    const shape = [
      [1, 1],
      [1, 4],
      [1, 1],
    ] as const;
    await put(database, historyOf(shape, false).items);
    let left = count;
    for await (const each of eachOf(log.pages(stream, { ...all, ...query }))) {
      expect(each.count).toBe(1);
      left -= 1;
      if (left === 0) break;
    }
    expect([left, requests.map(({ input }) => input['Limit'])]).toEqual([0, limits]);
  });

  describe('page after page', () => {
    const big = [1, 2, 3, 4, 5, 6].map((version) => large(version, 300_000));
    const first = async (query: Partial<CommitQuery>, requests: Request[], log: DynamoCommitLog): Promise<number> => {
      for await (const page of log.pages(stream, { ...all, ...query })) {
        expect(page.length).toBeGreaterThan(1);
        return requests.length;
      }
      return 0;
    };

    it('as they are asked for, or the next one at once where all will be', async () => {
      const { database, log, requests } = setting();
      await put(
        database,
        big.flatMap((each) => itemsInParts(each, 1)),
      );
      expect(await first({}, requests, log)).toBe(1);
      requests.length = 0;
      expect(await first({ whole: true }, requests, log)).toBe(2);
      requests.length = 0;
      const found = await collect(eachOf(log.pages(stream, { ...all, whole: true })));
      expect(found.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6]);
      expect(requests).toHaveLength(2);
    });

    it('and the failure of a page asked for early shows once its turn has come', async () => {
      const created = setting();
      await put(
        created.database,
        big.flatMap((each) => itemsInParts(each, 1)),
      );
      created.fault = ({ input }) =>
        input['ExclusiveStartKey'] === undefined ? undefined : Object.assign(new Error('no'), { name: 'AccessDenied' });
      const found: number[] = [];
      const reading = async () => {
        for await (const page of created.log.pages(stream, { ...all, whole: true })) {
          await new Promise(setImmediate);
          found.push(...page.map(({ version }) => version));
        }
      };
      await expect(reading()).rejects.toMatchObject({ cause: { name: 'AccessDenied' } });
      expect(found.length).toBeGreaterThan(1);
    });
  });

  it('whole where one among them is met half way: those before it and behind it too, each once', async () => {
    const { database, log, requests } = setting();
    const shape = [
      [1, 1],
      [1, 1],
      [1, 3],
      [1, 1],
    ] as const;
    const { commits, items } = historyOf(shape, false);
    await put(database, items);
    const send = database.client.send.bind(database.client);
    // The first read comes between two items of the transaction.
    Object.assign(database.client, {
      send: async (command: { readonly input: object }) => {
        const answer = (await send(command as never)) as { Items?: Item[] };
        return requests.length === 1 ? { ...answer, Items: answer.Items?.filter((_, index) => index !== 3) } : answer;
      },
    });
    expect(await collect(eachOf(log.pages(stream, all)))).toEqual(commits);
  });

  it('and one that is not complete is damage', async () => {
    for (const order of ['forward', 'backward'] as const)
      for (const [index] of [0, 1, 2, 3].entries()) {
        const { database, log } = setting();
        const { items } = historyOf([[1, 4]], false);
        await put(
          database,
          items.filter((_, at) => at !== index),
        );
        await expect(collect(eachOf(log.pages(stream, { ...all, order })))).rejects.toMatchObject({
          code: 'STREAM_CORRUPTED',
        });
      }
  });
});

describe('a closed stream', () => {
  it.each<[string, object, number[]]>([
    ['from its tombstone on', { from: 3 }, []],
    ['from beyond', { from: 9 }, []],
    ['at its tombstone', { from: 3, to: 3 }, []],
    ['backward, with a limit', { order: 'backward', limit: 1 }, [2]],
    ['forward, with a limit', { limit: 2 }, [1, 2]],
  ])('can be read %s', async (_, range, versions) => {
    const { database, log } = setting();
    await put(
      database,
      historyOf(
        [
          [1, 1],
          [1, 1],
        ],
        true,
      ).items,
    );
    const source = { log, opener, heads: new HeadLedger(), consistency: 'strong', clock: () => NOW } as const;
    const found: number[] = [];
    for await (const { version } of CommitSequence.ofRange(source, stream, range)) found.push(version);
    expect(found).toEqual(versions);
  });
});

describe('under retention', () => {
  it('a commit in parts has expired as a whole, whichever of its items DynamoDB has deleted', async () => {
    for (const order of ['forward', 'backward'] as const)
      for (let deleted = 0; deleted < 8; deleted++) {
        const { database, log } = setting();
        const expired = itemsInParts(commit(1, 2, { ttl: 2_999_999_999 }), 3);
        const kept = itemsInParts(commit(3, 1, { ttl: 4_000_000_000 }), 2);
        await put(database, [...expired.filter((_, index) => ((deleted >> index) & 1) === 0), ...kept]);
        const source = { log, opener, heads: new HeadLedger(), consistency: 'strong', clock: () => NOW } as const;
        const found: number[] = [];
        for await (const { version } of CommitSequence.ofRange(source, stream, { order })) found.push(version);
        expect([deleted, found]).toEqual([deleted, [3]]);
      }
  });
});

describe('the latest commits', () => {
  it('come with the snapshot in one request, newest first', async () => {
    await fc.assert(
      fc.asyncProperty(
        shapes,
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 1, max: 25 }),
        fc.integer({ min: 1, max: 20 }),
        async (given, isClosed, hasSnapshot, limit, covered) => {
          const { database, log, requests } = setting();
          const { commits, items } = historyOf(given, isClosed);
          const snapshot = snapshotAt(covered);
          await put(database, hasSnapshot ? [...items, toSnapshotItem(snapshot)] : items);
          const latest = await log.latest(stream, limit);
          expect(requests).toMatchObject([{ operation: 'Query', input: { Limit: limit + 1, ConsistentRead: true } }]);
          expect(latest.snapshot).toEqual(hasSnapshot ? snapshot : undefined);
          const newest = [...commits].reverse();
          expect(latest.commits).toEqual(newest.slice(0, latest.commits.length));
          // It goes down to the commit that the snapshot ends with, and no further.
          const isCovered = (each: Commit) => hasSnapshot && each.version <= covered;
          expect(latest.commits.filter(isCovered).length).toBeLessThanOrEqual(1);
          if (latest.all !== undefined) expect(latest.commits.filter(isCovered)).toHaveLength(1);
          const all = latest.all?.() ?? latest;
          expect(all.commits).toEqual(newest.slice(0, all.commits.length));
          if (all.complete) expect(all.commits).toHaveLength(commits.length);
          // With one item for each, the request brings as many as it was asked for.
          if (items.length === commits.length)
            expect(all.commits.length).toBeGreaterThanOrEqual(Math.min(limit, commits.length));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('are read once, also where the snapshot that came with them is of no use', async () => {
    const { database, log, requests } = setting();
    await put(database, [
      ...contiguous(1, 2, 1, 1).flatMap((each) => itemsInParts(each, 1)),
      toSnapshotItem(snapshotAt(4)),
    ]);
    const source = { log, opener, heads: new HeadLedger(), consistency: 'strong', clock: () => NOW } as const;
    const type = { name: 'stock snapshot', schemaVersion: 2, eventClass: Date };
    const { base, events } = await new StateReader(source).read(stream, { type, tail: 9 });
    const versions: number[] = [];
    for await (const { version } of events) versions.push(version);
    expect([base, versions, requests.length]).toEqual(['start', [1, 2, 3, 4, 5], 1]);
  });

  it('come without the snapshot, where that is damaged: it is of no use, but the events are whole', async () => {
    const { database, log } = setting();
    const damaged: Item = { ...toSnapshotItem(snapshotAt(1)), state: { B: new Uint8Array([0x1f, 0x8b, 8, 0]) } };
    await put(database, [...historyOf([[1, 1]], false).items, damaged]);
    expect((await log.latest(stream, 9)).commits).toHaveLength(1);
  });

  it('of a stream that is not there are none', async () => {
    expect(await setting().log.latest(stream, 9)).toEqual({ snapshot: undefined, commits: [], complete: true });
  });
});

describe('a write', () => {
  const receipt: Receipt = {
    commitId: 'c-1',
    attempt: 'once',
    first: 1,
    last: 1,
    recordedAt: 1000,
    digest: hashOf('events'),
    fingerprint: undefined,
  };

  it('of any size is stored whole, and read back', async () => {
    const { log, requests } = setting();
    for (const each of [commit(1, 1), large(2, 1_000_000), tombstone(3)])
      expect(await log.write([{ commit: each }])).toEqual({ kind: 'stored' });
    expect(requests.map(({ operation }) => operation)).toEqual(['PutItem', 'TransactWriteItems', 'PutItem']);
    const found = await collect(eachOf(log.pages(stream, all)));
    expect(found.map(({ commitId }) => commitId)).toEqual(['c-1', 'c-2', 'closed-3']);
    expect(found[1]!.body.length).toBeGreaterThan(1_000_000);
  });

  it.each<[string, LogWrite[]]>([
    ['one item', [{ commit: commit(1, 1, { commitId: 'mine' }) }]],
    ['several items', [{ commit: large(1, 500_000, 'mine') }]],
    ['a receipt', [{ commit: commit(1, 1, { commitId: 'mine' }), receipt: { id: 'k', receipt } }]],
    ['a check', [{ stream, slot: 1 }]],
  ])('of %s to a slot that is taken brings what is there, in one item or in parts, shown or not', async (_, writes) => {
    for (const winner of [commit(1, 3), large(1, 900_000)])
      for (const isShown of [true, false]) {
        const created = setting();
        await created.log.write([{ commit: winner }]);
        if (!isShown) hideItems(created);
        created.requests.length = 0;
        const outcome = await created.log.write(writes);
        // What is shown whole need not be read.
        if (isShown && typeof winner.body === 'string') expect(created.requests).toHaveLength(1);
        expect(outcome).toMatchObject({
          kind: 'refused',
          obstacles: [{ commit: { version: 1, count: winner.count } }],
        });
        expect(outcome.kind === 'refused' && outcome.obstacles[0]?.commit).toEqual({
          ...winner,
          body: typeof winner.body === 'string' ? winner.body : expect.anything(),
        });
        expect(await collect(eachOf(created.log.pages(stream, all)))).toHaveLength(1);
      }
  });

  it('under a receipt that is there brings the receipt, and says what was in no way', async () => {
    for (const isShown of [true, false]) {
      const created = setting();
      await created.log.write([{ commit: commit(1, 1), receipt: { id: 'k', receipt } }]);
      if (!isShown) hideItems(created);
      const again = { commit: commit(2, 1), receipt: { id: 'k', receipt: { ...receipt, first: 2 } } };
      const more = { commit: commit(1, 1, { stream: other }) };
      expect(await created.log.write([more, again, { stream: other, slot: 4 }])).toEqual({
        kind: 'refused',
        obstacles: [
          { commit: undefined, receipt: undefined },
          { commit: undefined, receipt },
          { commit: undefined, receipt: undefined },
        ],
      });
      expect(await collect(eachOf(created.log.pages(other, all)))).toEqual([]);
      expect(await created.log.receipt(stream, 'k')).toEqual(receipt);
      expect(await created.log.receipt(stream, 'other')).toBeUndefined();
    }
  });

  it('is sent again when what was in its way has gone meanwhile, a bounded number of times', async () => {
    const created = setting();
    let refusals = 1;
    created.fault = ({ operation }) =>
      operation === 'PutItem' && refusals-- > 0
        ? Object.assign(new Error('taken'), { name: 'ConditionalCheckFailedException' })
        : undefined;
    expect(await created.log.write([{ commit: commit(1, 1) }])).toEqual({ kind: 'stored' });
    expect(created.requests.map(({ operation }) => operation)).toEqual(['PutItem', 'GetItem', 'PutItem']);
    refusals = Infinity;
    await expect(created.log.write([{ commit: commit(5, 1) }])).rejects.toMatchObject({ code: 'STORE_REQUEST' });
  });

  /** As engines do that do not know `ReturnValuesOnConditionCheckFailure`. */
  function hideItems(created: Setting): void {
    const send = created.database.client.send.bind(created.database.client) as (command: never) => Promise<unknown>;
    created.database.client.send = (async (command: never) =>
      send(command).catch((error: unknown) => {
        const { name, CancellationReasons: reasons } = error as Error & { CancellationReasons?: { Code: string }[] };
        throw Object.assign(new Error('refused'), {
          name,
          ...(reasons === undefined ? {} : { CancellationReasons: reasons.map(({ Code }) => ({ Code })) }),
        });
      })) as never;
  }
});

describe('a snapshot', () => {
  const stored = async (...puts: (readonly [Snapshot, number?])[]): Promise<unknown> => {
    const { log } = setting();
    const outcomes: boolean[] = [];
    for (const [snapshot, replaces] of puts) outcomes.push(await log.putSnapshot(snapshot, replaces));
    return [...outcomes, (await log.latest(stream, 1)).snapshot?.version];
  };

  it('replaces an older one, and leaves a newer one', async () => {
    expect(await stored([snapshotAt(3)], [snapshotAt(5)], [snapshotAt(4)])).toEqual([true, true, false, 5]);
    expect(await stored([snapshotAt(9)], [snapshotAt(10)], [snapshotAt(100)])).toEqual([true, true, true, 100]);
  });

  it('replaces one of another schema at its version, and not its like', async () => {
    expect(
      await stored([snapshotAt(3)], [snapshotAt(3, { schemaVersion: 2 })], [snapshotAt(3, { schemaVersion: 2 })]),
    ).toEqual([true, true, false, 3]);
  });

  it('replaces the useless one that it names, and no other newer one', async () => {
    expect(await stored([snapshotAt(9)], [snapshotAt(3), 9])).toEqual([true, true, 3]);
    expect(await stored([snapshotAt(9)], [snapshotAt(3), 8])).toEqual([true, false, 9]);
  });
});

describe('a purge', () => {
  async function filled(): Promise<Setting> {
    const created = setting();
    const { items } = historyOf([[1, 3], ...Array.from({ length: 60 }, () => [1, 2] as const)], true);
    await put(created.database, [
      ...items,
      toSnapshotItem(snapshotAt(1)),
      ...itemsInParts(commit(1, 1, { stream: other }), 1),
    ]);
    return created;
  }
  const left = ({ database }: Setting): unknown[] => database.items(TABLE).map(({ pk, sk }) => [pk?.S, sk?.S]);

  it('deletes every item of the stream, and none of another', async () => {
    const created = await filled();
    expect(await created.log.purge(stream, tombstone(62))).toBe(3 + 120 + 1 + 1);
    expect(left(created)).toEqual([['#stock#s-1', 'e#0000000000000001']]);
    expect(await created.log.purge(stream, tombstone(62))).toBe(0);
  });

  it('that fails anywhere leaves the stream listed and closed, and goes on when it is repeated', async () => {
    const { requests } = await filled().then(async (created) => {
      await created.log.purge(stream, tombstone(62));
      return created;
    });
    for (let failing = 0; failing < requests.length; failing++) {
      const created = await filled();
      created.fault = () => (created.requests.length === failing + 1 ? new Error('lost') : undefined);
      await expect(created.log.purge(stream, tombstone(62))).rejects.toMatchObject({ operation: 'purge' });
      expect(left(created)).toEqual(
        expect.arrayContaining([
          ['#order#o-1', 'e#0000000000000001'],
          ['#order#o-1', 'e#0000000000000062'],
        ]),
      );
      created.fault = () => undefined;
      await created.log.purge(stream, tombstone(62));
      expect(left(created)).toEqual([['#stock#s-1', 'e#0000000000000001']]);
    }
  });

  it('sends again what DynamoDB left undone', async () => {
    const created = await filled();
    const send = created.database.client.send.bind(created.database.client) as (command: unknown) => Promise<object>;
    let undone = 3;
    created.database.client.send = (async (command: { input: { RequestItems?: Record<string, unknown[]> } }) => {
      if (!(command instanceof BatchWriteItemCommand) || undone-- <= 0) return send(command);
      const [first, ...rest] = command.input.RequestItems![TABLE]!;
      await send(new BatchWriteItemCommand({ RequestItems: { [TABLE]: [first!] } }));
      return { UnprocessedItems: { [TABLE]: rest } };
    }) as never;
    await created.log.purge(stream, tombstone(62));
    expect(left(created)).toEqual([['#stock#s-1', 'e#0000000000000001']]);
  });
});

describe('an archived stream', () => {
  it('is in the other list, and comes back', async () => {
    const { log } = setting();
    await log.write([{ commit: commit(1, 1) }]);
    const listed = async (archived: boolean): Promise<number> =>
      (await log.streams('order', { archived, limit: 9 })).items.length;
    expect([await listed(false), await listed(true)]).toEqual([1, 0]);
    expect(await log.setArchived(stream, true)).toBe(true);
    expect([await listed(false), await listed(true)]).toEqual([0, 1]);
    expect(await log.setArchived(stream, false)).toBe(true);
    expect([await listed(false), await listed(true)]).toEqual([1, 0]);
  });

  it('has to be there', async () => {
    const { log } = setting();
    expect(await log.setArchived(stream, true)).toBe(false);
  });
});
