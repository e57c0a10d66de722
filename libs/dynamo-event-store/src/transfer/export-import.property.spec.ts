import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InMemoryEventStore } from '../testing/in-memory-event-store.js';
import {
  arbitraryStreams,
  linesOfExport,
  storeStreams,
  withoutHeader,
} from '../../../../test/support/transferred-streams.js';
import { exportCommits, importCommits, linesOf, verifyExport } from './index.js';

async function exportedStore(): Promise<InMemoryEventStore> {
  const store = new InMemoryEventStore();
  const [first] = fc.sample(
    arbitraryStreams.filter((plans) => plans.length >= 2),
    { numRuns: 1, seed: 7 },
  );
  await storeStreams(store, first!);
  return store;
}

describe('an export', () => {
  it('of any streams, imported into an empty store, exports again to the same lines', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryStreams, fc.constantFrom(1, 3), async (plans, segments) => {
        const source = new InMemoryEventStore();
        await storeStreams(source, plans);
        const lines = await linesOfExport({ store: source, segments });
        const target = new InMemoryEventStore();
        const report = await importCommits(target, () => lines);
        const again = await linesOfExport({ store: target, segments });
        // The shares of a table come as they come.
        const ordered = (all: string[]) => (segments === 1 ? withoutHeader(all) : withoutHeader(all).sort());
        expect(ordered(again)).toEqual(ordered(lines));
        expect(report.read.commits).toBe(lines.length - 2);
        expect(report.stored).toBe(lines.length - 2);
        const repeated = await importCommits(target, () => lines);
        expect([repeated.stored, repeated.present]).toEqual([0, lines.length - 2]);
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  it('with any byte altered is refused, and nothing is written', async () => {
    const source = await exportedStore();
    const text = Buffer.from(`${(await linesOfExport({ store: source })).join('\n')}\n`);
    const lines = (bytes: Buffer) => linesOf(chunksOf(bytes));
    const whole = await verifyExport(lines(text));
    expect(whole.counts.commits).toBeGreaterThan(2);
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const altered = Buffer.from(text);
        altered.writeUInt8(altered.readUInt8(at) ^ change, at);
        const target = new InMemoryEventStore();
        await expect(importCommits(target, () => lines(altered))).rejects.toMatchObject({ code: 'EXPORT_DAMAGED' });
        expect(await linesOfExport({ store: target })).toHaveLength(2);
      }),
      { numRuns: 80 },
    );
  }, 120_000);

  it('cut off anywhere is refused', async () => {
    const source = await exportedStore();
    const text = Buffer.from(`${(await linesOfExport({ store: source })).join('\n')}\n`);
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), async (length) => {
        const cut = verifyExport(linesOf(chunksOf(text.subarray(0, length))));
        await expect(cut).rejects.toMatchObject({ code: 'EXPORT_DAMAGED' });
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it('interrupted after any line goes on to the same export', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryStreams, fc.nat(), fc.constantFrom(1, 3), async (plans, cut, segments) => {
        const store = new InMemoryEventStore();
        await storeStreams(store, plans);
        const whole = await linesOfExport({ store, segments });
        const begun = whole.slice(0, 1 + (cut % whole.length));
        const rest = await linesOfExport({ store, segments, resume: begun });
        const lines = [...begun, ...rest];
        await verifyExport(lines);
        expect([...lines].sort().slice(0, -1)).toHaveLength(whole.length - 1);
        expect(withoutHeader(lines).sort()).toEqual(withoutHeader(whole).sort());
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  it('through the listing finds what a scan finds of a tenant and an aggregate, also when it is gone on with', async () => {
    const store = new InMemoryEventStore();
    const noted = [{ type: 'noted', payload: 1 }];
    for (const tenant of ['acme', 'other', undefined])
      for (const aggregate of ['order', 'cart'])
        for (const id of ['1', '2', '3']) {
          const stream = tenant === undefined ? { aggregate, id } : { aggregate, id, tenant };
          await store.append(stream, noted, { expected: 'none' });
          await store.append(stream, noted, { expected: 1 });
          if (id === '2') await store.archiveStream(stream);
          if (id === '3') await store.closeStream(stream);
        }
    for (const tenant of ['acme', null]) {
      const options = { store, tenant, aggregates: ['order'] };
      const scanned = await linesOfExport({ ...options, through: 'scan' });
      const listed = await linesOfExport(options);
      expect(listed.slice(1, -1).sort()).toEqual(scanned.slice(1, -1).sort());
      expect(listed).toHaveLength(2 + 7);
      for (let cut = 1; cut <= listed.length; cut++) {
        const resumed = [
          ...listed.slice(0, cut),
          ...(await linesOfExport({ ...options, resume: listed.slice(0, cut) })),
        ];
        expect(withoutHeader(resumed)).toEqual(withoutHeader(listed));
      }
    }
    await expect(linesOfExport({ store, aggregates: ['order'], through: 'listing' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      argument: 'through',
    });
  });

  it('goes on only with lines of the same selection', async () => {
    const store = await exportedStore();
    const lines = await linesOfExport({ store, segments: 2 });
    await expect(linesOfExport({ store, resume: lines.slice(0, 2) })).rejects.toMatchObject({ argument: 'resume' });
  });

  it('ends when it is told to', async () => {
    const store = await exportedStore();
    const controller = new AbortController();
    const lines = exportCommits({
      store,
      signal: controller.signal,
      onProgress: () => {
        controller.abort();
      },
    });
    const seen: string[] = [];
    const all = (async () => {
      for await (const line of lines) seen.push(line);
    })();
    await expect(all).rejects.toMatchObject({ name: 'AbortError' });
    expect(seen).toHaveLength(2);
  });
});

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += 1000) {
    await Promise.resolve();
    yield bytes.subarray(at, at + 1000);
  }
}
