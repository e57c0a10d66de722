import { describe, expect, it } from '@jest/globals';
import type { StreamHead } from 'nestjs-dynamo-event-store';
import {
  commitBytes,
  commitItemBytes,
  costOfAppend,
  listingBytes,
  receiptBytes,
  reservationBytes,
} from 'nestjs-dynamo-event-store/cost';
import { idempotentCommitId } from '../../../libs/dynamo-event-store/src/store/receipt.js';
import { noise, NOW, onEachEngine, shapeOf, text, type Raw } from '../../support/cost/cost-cases.js';

onEachEngine('an append costs what the formula says', (fixture) => {
  const { store } = fixture;
  const began = (bytes = 100, ttl?: Date): Promise<StreamHead> =>
    store.append(fixture.stream(), [noise(bytes)], { expected: 'none', ttl });
  /** An event that makes the commit at this version exactly so large. */
  const filling = (version: number, bytes: number): Raw =>
    noise(bytes - commitBytes(shapeOf(fixture.stream(), version, [noise(0)])));

  it.each([300, 1_023, 1_024, 1_025, 2_048, 2_049, 4_096, 4_097, 399_361, 409_600])(
    'in a commit of %i bytes: 1 PutItem',
    async (bytes) => {
      const head = await began();
      const events = [filling(2, bytes)];
      const commit = commitBytes(shapeOf(head.stream, 2, events));
      expect(commit).toBe(bytes);
      await fixture.expectCost(costOfAppend({ commit }), () => store.append(head.stream, events, { expected: head }));
      expect((await fixture.sizesOf(head.stream))[1]).toBe(bytes);
    },
  );

  it.each([
    [1, 300],
    [1, 1_500],
    [2, 20],
    [10, 100],
    [11, 600],
    [100, 300],
  ])('of %i events of %i bytes of text, compressed where that saves a unit', async (count, bytes) => {
    const head = await began();
    const events = Array.from({ length: count }, (_, index) => text(bytes + index));
    const commit = commitBytes(shapeOf(head.stream, 2, events, { metadataBytes: '{"actorId":"ada"}'.length }));
    await fixture.expectCost(costOfAppend({ commit }), () =>
      store.append(head.stream, events, { expected: head, metadata: { actorId: 'ada' } }),
    );
    expect((await fixture.sizesOf(head.stream))[1]).toBe(commit);
  });

  it('of many types, with a TTL', async () => {
    const ttl = new Date(NOW + 86_400_000);
    const { stream } = await began(100, ttl);
    const types = Array.from({ length: 12 }, (_, index) => `type-${index}`);
    const commit = commitBytes({
      ...shapeOf(stream, 2, [], { ttl: Math.ceil(ttl.getTime() / 1000) }),
      events: types.map((type) => ({ type: `${type}~1`, bytes: 4 })),
    });
    await fixture.expectCost(costOfAppend({ commit, lastCommit: 200 }), () =>
      store.append(
        stream,
        types.map((type) => ({ type, payload: 'ab' })),
        { expected: 1, ttl },
      ),
    );
    expect((await fixture.sizesOf(stream))[1]).toBe(commit);
  });

  it.each([300, 1_024, 1_025, 409_599])(
    'that begins a stream, in a commit of %i bytes: its listing too',
    async (bytes) => {
      const stream = fixture.stream();
      const events = [filling(1, bytes)];
      const commit = commitBytes(shapeOf(stream, 1, events));
      await fixture.expectCost(costOfAppend({ commit, listing: listingBytes(stream, NOW) }), () =>
        store.append(stream, events, { expected: 'none' }),
      );
      expect(await fixture.sizesOf(stream)).toEqual([bytes]);
    },
  );

  it.each([
    ['a bare version', 1],
    ['any version', 'any'],
  ] as const)('at %s: 1 Query of the last commit more', async (_, expected) => {
    const { stream } = await began(5_000);
    const [lastCommit = 0] = await fixture.sizesOf(stream);
    const events = [noise(100)];
    const cost = costOfAppend({ commit: commitBytes(shapeOf(stream, 2, events)), lastCommit });
    expect(cost.readUnits).toBe(2);
    await fixture.expectCost(cost, () => store.append(stream, events, { expected }));
  });

  it('at any version of a stream that is not there: the Query costs a unit', async () => {
    const stream = fixture.stream();
    const commit = commitBytes(shapeOf(stream, 1, [noise(100)]));
    await fixture.expectCost(costOfAppend({ commit, listing: listingBytes(stream), lastCommit: 0 }), () =>
      store.append(stream, [noise(100)], { expected: 'any' }),
    );
  });

  it.each([
    [1, 300],
    [2, 300],
    [2, 1_500],
  ])('at version %i with an idempotency key, an event of %i bytes: 1 TransactWriteItems', async (version, bytes) => {
    const head = version === 1 ? undefined : await began();
    const stream = head?.stream ?? fixture.stream();
    const events = [noise(bytes)];
    const shape = shapeOf(stream, version, events, { commitId: idempotentCommitId(stream, 'k') });
    const fingerprint = version === 2;
    const receipt = receiptBytes({ stream, first: version, last: version, fingerprint, recordedAt: NOW });
    const listed = version === 1 ? { listing: listingBytes(stream) } : {};
    await fixture.expectCost(costOfAppend({ commit: commitBytes(shape), receipt, ...listed }), () =>
      store.append(stream, events, {
        expected: head ?? 'none',
        idempotencyKey: 'k',
        ...(fingerprint ? { fingerprint: 'POST /' } : {}),
      }),
    );
    expect([(await fixture.sizesOf(stream))[0], receipt]).toEqual([receipt, receipt]);
    expect((await fixture.sizesOf(stream)).at(-1)).toBe(commitBytes(shape));
  });

  it('with values that it reserves and releases: 1 TransactWriteItems', async () => {
    const scopes = ['email', 'number'];
    const stream = fixture.stream();
    const values = scopes.map((scope) => ({ scope, value: stream.id }));
    const reservations = scopes.map((scope) => reservationBytes(stream, scope, undefined, NOW));
    const shape = shapeOf(stream, 1, [noise(900)], { reservations: scopes });
    let head: StreamHead | undefined;
    const reserving = costOfAppend({ commit: commitBytes(shape), listing: listingBytes(stream), reservations });
    await fixture.expectCost(reserving, async () => {
      head = await store.append(stream, [noise(900)], { expected: 'none', reserve: values });
    });
    const release = shapeOf(stream, 2, [noise(900)], { reservations: ['email'] });
    const releasing = costOfAppend({ commit: commitBytes(release), reservations: reservations.slice(0, 1) });
    await fixture.expectCost(releasing, () =>
      store.append(stream, [noise(900)], { expected: head!, release: values.slice(0, 1) }),
    );
    expect(await fixture.sizesOf(stream)).toEqual([commitBytes(shape), commitBytes(release)]);
  });

  it.each([
    [1, 409_600],
    [2, 409_601],
    [2, 819_000],
    [2, 819_200],
    [1, 2_000_000],
  ])('above 400 KB, at version %i with %i bytes: 1 TransactWriteItems of its parts', async (version, bytes) => {
    const head = version === 1 ? undefined : await began();
    const stream = head?.stream ?? fixture.stream();
    const events = [filling(version, bytes)];
    const commit = commitItemBytes(shapeOf(stream, version, events));
    expect(commit.length).toBeGreaterThan(1);
    await fixture.expectCost(
      costOfAppend({ commit, ...(version === 1 ? { listing: listingBytes(stream) } : {}) }),
      () => store.append(stream, events, { expected: head ?? 'none' }),
    );
    expect((await fixture.sizesOf(stream)).slice(version - 1)).toEqual(commit);
  });

  describe('with long names', () => {
    it('has a key of its size in every item', async () => {
      const stream = { aggregate: 'é#%'.repeat(80), id: 'i'.repeat(700), tenant: 'acme' };
      const shape = shapeOf(stream, 1, [text(100)], { commitId: idempotentCommitId(stream, 'k') });
      const receipt = receiptBytes({ stream, first: 1, last: 1, recordedAt: NOW });
      const cost = costOfAppend({ commit: commitBytes(shape), receipt, listing: listingBytes(stream, NOW) });
      expect(cost.writeUnits).toBeGreaterThan(5);
      await fixture.expectCost(cost, () =>
        store.append(stream, [text(100)], { expected: 'none', idempotencyKey: 'k', metadata: {} }),
      );
    });
  });
});
