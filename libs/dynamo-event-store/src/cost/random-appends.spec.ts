import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DynamoEventStore, type StreamHead, type StreamId } from 'nestjs-dynamo-event-store';
import { flat, noise, NOW, shapeOf, text } from '../../../../test/support/cost/cost-cases.js';
import { meteredSimulation } from '../../../../test/support/cost/metered-simulation.js';
import { expiryAfter } from '../store/expiry.js';
import { partitionKeyOf } from '../dynamo/table-schema.js';
import { idempotentCommitId } from '../store/receipt.js';
import { costOfAppend } from './append-cost.js';
import { commitItemBytes } from './commit-sizes.js';
import { itemBytes } from './item-bytes.js';
import { listingBytes, receiptBytes, reservationBytes } from './item-sizes.js';
import { costOfRead } from './read-cost.js';

/** Names with everything that is escaped or takes several bytes. */
const name = fc.string({ unit: fc.constantFrom('a', '#', '%', 'é', '😀', '/'), minLength: 1, maxLength: 30 });
const size = fc.oneof(
  { weight: 9, arbitrary: fc.record({ of: fc.constantFrom(text, noise), bytes: fc.integer({ min: 2, max: 6_000 }) }) },
  { weight: 1, arbitrary: fc.record({ of: fc.constant(noise), bytes: fc.integer({ min: 0, max: 500_000 }) }) },
);
const append = fc.record(
  {
    payloads: fc.array(size, { minLength: 1, maxLength: 12 }),
    key: name,
    fingerprint: name,
    scopes: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
    actorId: name,
    ttl: fc.integer({ min: 1_900_000_000, max: 1_999_999_999 }),
  },
  { requiredKeys: ['payloads'] },
);

it('appends and reads of any kind cost what the formulas say, and their items are as large', async () => {
  const names = fc.record({ aggregate: name, tenant: name }, { requiredKeys: ['aggregate'] });
  await fc.assert(
    fc.asyncProperty(names, fc.array(append, { minLength: 1, maxLength: 3 }), async (named, appends) => {
      const engine = meteredSimulation();
      const store = new DynamoEventStore({ client: engine.client, tableName: 'events', clock: () => new Date(NOW) });
      await store.createTable();
      const stream: StreamId = { ...named, id: 'é-1' };
      const sizes: number[] = [];
      let head: StreamHead | undefined;
      let kept: number | undefined;
      for (const { payloads, key, fingerprint, scopes = [], actorId, ttl: given } of appends) {
        const events = payloads.map(({ of, bytes }) => of(bytes));
        // No commit expires before the one that it follows on.
        const ttl: number | undefined =
          head === undefined ? given : expiryAfter(kept, { ttl: given, count: events.length });
        kept = ttl;
        const version: number = (head?.version ?? 0) + 1;
        const commitId = key === undefined ? {} : { commitId: idempotentCommitId(stream, key + String(version)) };
        const expires = ttl === undefined ? {} : { ttl };
        const metadata = actorId === undefined ? {} : { metadataBytes: Buffer.byteLength(JSON.stringify({ actorId })) };
        const commit = commitItemBytes(
          shapeOf(stream, version, events, { ...commitId, ...expires, ...metadata, reservations: scopes }),
        );
        const last = version + events.length - 1;
        const receipt = { stream, first: version, last, fingerprint: fingerprint !== undefined, recordedAt: NOW };
        const cost = costOfAppend({
          commit,
          ...(version === 1 ? { listing: listingBytes(stream, NOW) } : {}),
          // Under retention, a commit may be left of a stream whose first one has expired.
          ...(version === 1 && ttl !== undefined ? { lastCommit: 0 } : {}),
          ...(key === undefined ? {} : { receipt: receiptBytes({ ...receipt, ...expires }) }),
          reservations: scopes.map((scope) => reservationBytes(stream, scope, commitId.commitId, NOW)),
        });
        const measured = await engine.measure(async () => {
          head = await store.append(stream, events, {
            expected: head ?? 'none',
            ...(key === undefined ? {} : { idempotencyKey: key + String(version) }),
            ...(key === undefined || fingerprint === undefined ? {} : { fingerprint }),
            ...(actorId === undefined ? {} : { metadata: { actorId } }),
            ...(given === undefined ? {} : { ttl: new Date(given * 1_000) }),
            reserve: scopes.map((scope) => ({ scope, value: `${stream.id}-${version}` })),
          });
        });
        expect(measured).toEqual(flat(cost));
        sizes.push(...commit);
      }
      const commits = (await engine.itemsOf('events', partitionKeyOf(stream))).filter(({ sk }) =>
        sk?.S?.startsWith('e#'),
      );
      expect(commits.map(itemBytes)).toEqual(sizes);
      const read = await engine.measure(async () => {
        for await (const { version } of store.read(stream)) expect(version).toBeGreaterThan(0);
      });
      expect(read).toEqual(flat(costOfRead({ items: sizes })));
    }),
    { numRuns: 80 },
  );
});
