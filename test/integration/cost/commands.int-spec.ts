import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { AggregateRepository, DynamoEventStore, type AggregateClass, type StreamId } from 'nestjs-dynamo-event-store';
import {
  commitBytes,
  costOfAppend,
  costOfLoad,
  costOfLoadWithSnapshot,
  costOfSaveAll,
  costOfSnapshot,
  costOfUpdate,
  costOfWarmLoad,
  listingBytes,
  snapshotBytes,
  totalOf,
  type Cost,
} from 'nestjs-dynamo-event-store/cost';
import { compress } from '../../../libs/dynamo-event-store/src/dynamo/packed-body.js';
import { accountClass, type Account } from '../../support/accounts.js';
import { NOW, onEachEngine } from '../../support/cost/cost-cases.js';

const PlainAccount = accountClass();
const SnapshotAccount = accountClass({ every: 5, write: 'await' });

/** Of a deposit, as it is stored. */
const shapeOf = (stream: StreamId, version: number, amount: number, note?: string) => ({
  stream,
  version,
  events: [{ type: 'deposited@1', bytes: JSON.stringify({ amount, note }).length }],
  recordedAt: NOW,
});
/** About 1,200 bytes of text that hardly compress. */
const LONG = randomBytes(900).toString('base64');
const deposit = (amount: number, note?: string) => (account: Account) => void account.deposit(amount, note);

onEachEngine('a command costs what the formula says', (fixture) => {
  const { store } = fixture;
  const cold = new AggregateRepository(store);
  const snapshotting = new AggregateRepository(store);
  const warm = new AggregateRepository(store, { cache: true, backoff: () => Promise.resolve() });
  const elsewhere = new AggregateRepository(
    new DynamoEventStore({ client: fixture.engine.client, tableName: store.tableName, clock: () => new Date(NOW) }),
  );

  async function open(
    accounts: AggregateClass<Account>,
    repository: AggregateRepository,
    deposits: number,
  ): Promise<{ id: string; stream: StreamId; sizes: number[] }> {
    const { id } = fixture.stream();
    const account = new accounts(id);
    for (let amount = 1; amount <= deposits; amount++) await repository.save(account.deposit(amount));
    const stream = { aggregate: 'account', id };
    return { id, stream, sizes: await fixture.sizesOf(stream) };
  }

  it('save of a new aggregate', async () => {
    const { id } = fixture.stream();
    const stream = { aggregate: 'account', id };
    const cost = costOfAppend({ commit: commitBytes(shapeOf(stream, 1, 7)), listing: listingBytes(stream, NOW) });
    await fixture.expectCost(cost, () => cold.save(new PlainAccount(id).deposit(7)));
    expect(await fixture.sizesOf(stream)).toEqual([commitBytes(shapeOf(stream, 1, 7))]);
  });

  it('saveAll, in which what has not changed is checked; alone it is not', async () => {
    const { stream } = await open(PlainAccount, cold, 1);
    const unchanged = [await cold.load(PlainAccount, stream.id)];
    const accounts = [fixture.stream(), fixture.stream()].map(({ id }) => new PlainAccount(id).deposit(7));
    const appends = accounts.map(({ id }) => {
      const each = { aggregate: 'account', id };
      return { commit: commitBytes(shapeOf(each, 1, 7)), listing: listingBytes(each, NOW) };
    });
    await fixture.expectCost(costOfSaveAll({ appends, unchanged: 1 }), () => cold.saveAll(accounts, { unchanged }));
    await fixture.expectCost(costOfSaveAll({ appends: [], unchanged: 1 }), () => cold.saveAll([], { unchanged }));
    await fixture.expectCost(costOfSaveAll({ appends: [] }), () => cold.saveAll([]));
    await fixture.expectCost(costOfSaveAll({ appends: [] }), () => cold.saveAll(accounts));
  });

  describe('load', () => {
    it.each([1, 3, 40])('without a snapshot, of %i commits', async (count) => {
      const { id, sizes } = await open(PlainAccount, cold, count);
      await fixture.expectCost(costOfLoad(sizes), () => cold.load(PlainAccount, id));
    });

    it('of nothing', async () => {
      await fixture.expectCost(costOfLoad([]), () => cold.find(PlainAccount, 'none'));
    });

    it.each([1, 2, 4, 5, 6, 7, 9, 10, 11, 23])('with a snapshot every 5, after %i commits', async (count) => {
      const { id, stream, sizes } = await open(SnapshotAccount, snapshotting, count);
      const hasSnapshot = count >= 5;
      const commits = sizes.slice(0, count).reverse();
      const snapshot = hasSnapshot ? { snapshot: sizes[count]! } : {};
      await fixture.expectCost(costOfLoadWithSnapshot({ ...snapshot, commits, since: count % 5, every: 5 }), () =>
        snapshotting.load(SnapshotAccount, id),
      );
      expect((await fixture.sizesOf(stream)).length).toBe(count + (hasSnapshot ? 1 : 0));
    });

    it.each([1, 7, 8, 30])('with a snapshot policy of which nothing is there, after %i commits', async (count) => {
      const { id, sizes } = await open(PlainAccount, cold, count);
      await fixture.expectCost(costOfLoadWithSnapshot({ commits: [...sizes].reverse(), every: 5 }), () =>
        snapshotting.load(SnapshotAccount, id),
      );
    });

    it.each([6, 7, 8, 30])('with a snapshot that %i commits have followed', async (later) => {
      const { id, sizes } = await open(SnapshotAccount, snapshotting, 5);
      for (let amount = 1; amount <= later; amount++) await cold.update(PlainAccount, id, deposit(amount));
      const commits = (await fixture.sizesOf({ aggregate: 'account', id })).slice(0, -1).reverse();
      expect(commits).toHaveLength(5 + later);
      const facts = { snapshot: sizes.at(-1)!, commits, since: later, every: 5 };
      await fixture.expectCost(costOfLoadWithSnapshot(facts), () => snapshotting.load(SnapshotAccount, id));
    });

    it('from a warm cache, and with what came later', async () => {
      const { id, stream } = await open(PlainAccount, warm, 29);
      await warm.update(PlainAccount, id, deposit(1, randomBytes(7_000).toString('base64')));
      const sizes = await fixture.sizesOf(stream);
      expect(sizes.at(-1)).toBeGreaterThan(4_096);
      await fixture.expectCost(costOfWarmLoad({ known: sizes.at(-1)! }), () => warm.load(PlainAccount, id));
      await elsewhere.update(PlainAccount, id, deposit(1, 'x'.repeat(900)));
      await elsewhere.update(PlainAccount, id, deposit(1, 'y'.repeat(4_000)));
      const later = (await fixture.sizesOf(stream)).slice(30);
      await fixture.expectCost(costOfWarmLoad({ known: sizes.at(-1)!, later }), () => warm.load(PlainAccount, id));
    });
  });

  it('load from a warm cache whose last commit is above 400 KB', async () => {
    const { id, stream } = await open(PlainAccount, warm, 1);
    await warm.update(PlainAccount, id, deposit(1, randomBytes(700_000).toString('base64')));
    const known = (await fixture.sizesOf(stream)).slice(1);
    expect(known.length).toBeGreaterThan(1);
    await elsewhere.update(PlainAccount, id, deposit(1));
    const later = (await fixture.sizesOf(stream)).slice(1 + known.length);
    await fixture.expectCost(costOfWarmLoad({ known, later }), () => warm.load(PlainAccount, id));
  });

  describe('update', () => {
    it('cold, and with a snapshot', async () => {
      const { id, stream, sizes } = await open(PlainAccount, cold, 3);
      const append = { commit: commitBytes(shapeOf(stream, 4, 10)) };
      await fixture.expectCost(costOfUpdate({ load: costOfLoad(sizes), append }), () =>
        cold.update(PlainAccount, id, deposit(10)),
      );
      const other = await open(SnapshotAccount, snapshotting, 7);
      const load = costOfLoadWithSnapshot({
        snapshot: other.sizes[7]!,
        commits: other.sizes.slice(0, 7).reverse(),
        since: 2,
        every: 5,
      });
      const next = { commit: commitBytes(shapeOf(other.stream, 8, 10)) };
      await fixture.expectCost(costOfUpdate({ load, append: next }), () =>
        snapshotting.update(SnapshotAccount, other.id, deposit(10)),
      );
    });

    it('warm: an append', async () => {
      const { id, stream } = await open(PlainAccount, warm, 1);
      const append = { commit: commitBytes(shapeOf(stream, 2, 10, LONG)) };
      await fixture.expectCost(costOfUpdate({ append }), () => warm.update(PlainAccount, id, deposit(10, LONG)));
    });

    it('warm, when one race is lost', async () => {
      const { id, stream } = await open(PlainAccount, warm, 1);
      await elsewhere.update(PlainAccount, id, deposit(5, 'w'.repeat(2_000)));
      const [, inTheWay = 0] = await fixture.sizesOf(stream);
      const append = { commit: commitBytes(shapeOf(stream, 3, 10)) };
      await fixture.expectCost(costOfUpdate({ append, lost: [inTheWay] }), () =>
        warm.update(PlainAccount, id, deposit(10)),
      );
    });

    it('warm, when it is far behind: two lost races, and a load of what is missing', async () => {
      const { id, stream } = await open(PlainAccount, warm, 1);
      for (let amount = 1; amount <= 20; amount++) await elsewhere.update(PlainAccount, id, deposit(100));
      const sizes = await fixture.sizesOf(stream);
      const append = { commit: commitBytes(shapeOf(stream, 22, 10)) };
      // The commit that was folded in after the first refusal is the one that the state ends with.
      const reload = costOfWarmLoad({ known: sizes[1]!, later: sizes.slice(2) });
      await fixture.expectCost(costOfUpdate({ append, lost: [sizes[1]!, sizes[2]!], reload }), () =>
        warm.update(PlainAccount, id, deposit(10)),
      );
    });

    it('cold, with as many lost races as somebody else commits meanwhile', async () => {
      for (const races of [1, 2, 3, 4]) {
        const { id, stream, sizes } = await open(PlainAccount, cold, 2);
        const won: Cost[] = [];
        const reloads: Cost[] = [];
        let decisions = 0;
        const measured = await fixture.engine.measure(() =>
          cold.update(
            PlainAccount,
            id,
            async (account) => {
              if (decisions++ < races) await elsewhere.save((await elsewhere.load(PlainAccount, id)).deposit(1));
              account.deposit(10);
            },
            { attempts: 10 },
          ),
        );
        const stored = await fixture.sizesOf(stream);
        for (let race = 0; race < races; race++) {
          won.push(costOfLoad(stored.slice(0, 2 + race)), costOfAppend({ commit: stored[2 + race]! }));
          if (race % 2 === 1) reloads.push(costOfLoad(stored.slice(0, 3 + race)));
        }
        const append = { commit: stored.at(-1)! };
        const lost = stored.slice(2, 2 + races);
        const own = costOfUpdate({ load: costOfLoad(sizes), append, lost, reload: totalOf() });
        const { requests, writeUnits, readUnits } = totalOf(own, ...reloads, ...won);
        expect(measured).toEqual({
          requests: Object.fromEntries(requests.map(({ operation, count }) => [operation, count])),
          writeUnits,
          readUnits,
        });
      }
    });
  });

  it('a snapshot, and one that replaces a larger or smaller one', async () => {
    const type = { name: 'state', schemaVersion: 3, eventClass: undefined };
    const stream = fixture.stream();
    const commitId = 'c-1';
    let head = await store.append(stream, [{ type: 'a', payload: 1 }], { expected: 'none', commitId });
    let replaced = 0;
    for (const [place, length] of [10, 1_500, 200].entries()) {
      const state = { note: randomBytes(length).toString('hex') };
      const stateBytes = JSON.stringify(state).length;
      const compressedBytes = compress(`[[0,${JSON.stringify(state)}]]`).byteLength;
      const measured = await fixture.engine.measure(() => store.saveSnapshot({ head, type, state }));
      const bytes = (await fixture.sizesOf(stream)).at(-1)!;
      const shape = { stateBytes, compressedBytes, schemaVersion: 3, recordedAt: NOW, commitId };
      expect(bytes).toBe(snapshotBytes({ stream, version: head.version, ...shape }));
      const { writeUnits } = costOfSnapshot(bytes, replaced);
      expect(measured).toEqual({ requests: { PutItem: 1 }, writeUnits, readUnits: 0 });
      replaced = bytes;
      head = await store.append(stream, [{ type: 'a', payload: 1 }], { expected: head, commitId: `c-${place + 2}` });
    }
  });
});
