import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inBatches, type Batch } from './stream-position.js';

interface Event {
  readonly version: number;
}

async function batchesOf(runs: readonly Batch<Event>[], size: number): Promise<Batch<Event>[]> {
  const source = (async function* () {
    await Promise.resolve();
    yield* runs;
  })();
  const batches: Batch<Event>[] = [];
  for await (const batch of inBatches(source, size)) batches.push(batch);
  return batches;
}

function run(versions: readonly number[], to: number, wasRead = false): Batch<Event> {
  return { events: versions.map((version) => ({ version })), to, wasRead };
}

describe('inBatches', () => {
  it('puts short runs together', async () => {
    expect(await batchesOf([run([1], 1), run([], 3), run([4], 4)], 10)).toEqual([run([1, 4], 4)]);
  });

  it('splits long runs, and gives the last batch what is passed over behind it', async () => {
    expect(await batchesOf([run([1, 2, 3, 4], 4), run([5], 7)], 2)).toEqual([
      run([1, 2], 2),
      run([3, 4], 4),
      run([5], 7),
    ]);
  });

  it('splits a long run without copying what is left of it again and again', async () => {
    let copied = 0;
    class Counted extends Array<Event> {
      override slice(start?: number, end?: number): Event[] {
        const part = Array.from(this).slice(start, end);
        copied += part.length;
        return part;
      }
    }
    const events = Counted.from(Array.from({ length: 2_000 }, (_, index) => ({ version: index + 1 })));
    const batches = await batchesOf([{ events, to: 2_000, wasRead: false }], 1);
    expect(batches.map(({ to }) => to)).toEqual(events.map(({ version }) => version));
    expect(copied).toBeLessThanOrEqual(2 * events.length);
  });

  it('gives the same batches however the events come', async () => {
    const versions = fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        versions,
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 9 }),
        async (gaps, size, cut) => {
          let version = 1;
          const all = gaps.map((gap) => ({ version: (version += gap) }));
          const alone = all.map((event) => ({ events: [event], to: event.version, wasRead: false }));
          const groups: Batch<Event>[] = [];
          for (let at = 0; at < all.length; at += cut) {
            const events = all.slice(at, at + cut);
            groups.push({ events, to: events.at(-1)!.version, wasRead: false });
          }
          expect(await batchesOf(groups, size)).toEqual(await batchesOf(alone, size));
        },
      ),
    );
  });

  it('says that something was read when any of it was', async () => {
    expect(await batchesOf([run([1], 1, true), run([2], 2)], 10)).toEqual([run([1, 2], 2, true)]);
  });

  it('gives nothing for nothing', async () => {
    expect(await batchesOf([], 3)).toEqual([]);
  });

  it('keeps every event, in order, in full batches, and reaches the last version', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.boolean(), { maxLength: 6 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 5 }),
        async (wanted, size) => {
          let version = 0;
          const runs = wanted.map((flags) => {
            const events = flags.flatMap((flag) => (version++, flag ? [version] : []));
            return run(events, version);
          });
          const batches = await batchesOf(runs, size);
          expect(batches.flatMap(({ events }) => events)).toEqual(runs.flatMap(({ events }) => events));
          for (const { events } of batches.slice(0, -1)) expect(events).toHaveLength(size);
          for (const { events } of batches) expect(events.length).toBeLessThanOrEqual(size);
          for (const [index, { to }] of batches.entries()) {
            expect(to).toBeGreaterThanOrEqual(batches[index]?.events.at(-1)?.version ?? 0);
            const next = batches[index + 1]?.events[0]?.version;
            if (next !== undefined) expect(to).toBeLessThan(next);
          }
          if (runs.length > 0) expect(batches.at(-1)?.to).toBe(version);
        },
      ),
    );
  });
});
