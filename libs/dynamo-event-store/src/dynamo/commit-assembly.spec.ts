import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { commit, stream } from '../../../../test/support/hand-made-log.js';
import { itemsInParts } from '../../../../test/support/items-in-parts.js';
import { StreamCorruptedError } from '../errors/store-errors.js';
import type { Commit } from '../store/commit.js';
import { CommitAssembly } from './commit-assembly.js';
import type { Item } from './item-size.js';

type Order = 'forward' | 'backward';
interface Stored {
  readonly commit: Commit;
  /** In the order of their keys. */
  readonly items: readonly Item[];
}

function store(each: Commit, parts: number): Stored {
  return { commit: each, items: itemsInParts(each, parts) };
}

const history: fc.Arbitrary<Stored[]> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 5 })), { minLength: 1, maxLength: 5 })
  .map((shapes) => {
    let version = 1;
    return shapes.map(([count, parts]) => {
      const each = commit(version, count);
      version += count;
      return store(each, parts);
    });
  });
const order = fc.constantFrom<Order>('forward', 'backward');

function itemsOf(stored: readonly Stored[], direction: Order): Item[] {
  const items = stored.flatMap((each) => each.items);
  return direction === 'forward' ? items : items.reverse();
}

/** The commits that come out, and what was thrown when all items had been given. */
function assemble(
  items: readonly Item[],
  direction: Order,
  now = 0,
): { readonly commits: Commit[]; readonly error: unknown } {
  const assembly = new CommitAssembly(stream, direction, now);
  const commits: Commit[] = [];
  try {
    for (const item of items) {
      const each = assembly.add(item);
      if (each !== undefined) commits.push(each);
    }
    assembly.end();
  } catch (error) {
    return { commits, error };
  }
  return { commits, error: undefined };
}

describe('commits are assembled', () => {
  it('from items in either order, each as soon as its last item is there', () => {
    fc.assert(
      fc.property(history, order, (stored, direction) => {
        const commits = stored.map((each) => each.commit);
        if (direction === 'backward') commits.reverse();
        expect(assemble(itemsOf(stored, direction), direction)).toEqual({ commits, error: undefined });
        const assembly = new CommitAssembly(stream, direction, 0);
        const completed = itemsOf(stored, direction).map((item) => assembly.add(item) !== undefined);
        const sizes = stored.map(({ items }) => items.length);
        if (direction === 'backward') sizes.reverse();
        const ends = sizes.map((_, index) => sizes.slice(0, index + 1).reduce((sum, size) => sum + size, 0) - 1);
        expect(completed).toEqual(completed.map((_, index) => ends.includes(index)));
      }),
    );
  });

  it('and it is known how many items are to come, once the first one of a commit has come', () => {
    fc.assert(
      fc.property(history, order, (stored, direction) => {
        const assembly = new CommitAssembly(stream, direction, 0);
        expect(assembly.missing).toBe(0);
        for (const { items } of direction === 'forward' ? stored : [...stored].reverse())
          for (const [index, item] of (direction === 'forward' ? items : [...items].reverse()).entries()) {
            assembly.add(item);
            expect(assembly.missing).toBe(items.length - index - 1);
          }
      }),
    );
  });
});

describe('where items end too early', () => {
  const stored = [store(commit(1, 1), 1), store(commit(2, 2), 3), store(commit(4, 1), 2), store(commit(5, 1), 1)];

  it.each<Order>(['forward', 'backward'])(
    '%s: a commit begun is damage, and the ones before it are whole',
    (direction) => {
      const items = itemsOf(stored, direction);
      const inOrder = direction === 'forward' ? stored : [...stored].reverse();
      for (let cut = 0; cut <= items.length; cut++) {
        let room = cut;
        const whole = inOrder.filter((each) => (room -= each.items.length) >= 0);
        const isClean = whole.reduce((sum, each) => sum + each.items.length, 0) === cut;
        const { commits, error } = assemble(items.slice(0, cut), direction);
        expect([cut, commits]).toEqual([cut, whole.map((each) => each.commit)]);
        expect([cut, error === undefined]).toEqual([cut, isClean]);
        if (error !== undefined) expect(error).toBeInstanceOf(StreamCorruptedError);
      }
    },
  );

  it('and as long as nobody says that it was the end, nothing is wrong: the next page may go on', () => {
    for (const direction of ['forward', 'backward'] as const)
      for (const cut of itemsOf(stored, direction).keys()) {
        const assembly = new CommitAssembly(stream, direction, 0);
        expect(() =>
          itemsOf(stored, direction)
            .slice(0, cut)
            .map((item) => assembly.add(item)),
        ).not.toThrow();
      }
  });
});

describe('where items are missing', () => {
  it('one of a commit is damage', () => {
    fc.assert(
      fc.property(history, order, fc.nat(), (stored, direction, at) => {
        const inParts = stored.filter(({ items }) => items.length > 1);
        fc.pre(inParts.length > 0);
        const damaged = inParts[at % inParts.length]!;
        const missing = damaged.items[at % damaged.items.length];
        const { commits, error } = assemble(
          itemsOf(stored, direction).filter((item) => item !== missing),
          direction,
        );
        expect(error).toBeInstanceOf(StreamCorruptedError);
        expect(commits).not.toContainEqual(damaged.commit);
      }),
      { numRuns: 500 },
    );
  });

  it('any of them, there is damage, or no commit that was not stored', () => {
    fc.assert(
      fc.property(
        history,
        order,
        fc.array(fc.boolean(), { minLength: 25, maxLength: 25 }),
        (stored, direction, kept) => {
          const { commits, error } = assemble(
            itemsOf(stored, direction).filter((_, index) => kept[index] === true),
            direction,
          );
          if (error !== undefined) expect(error).toBeInstanceOf(StreamCorruptedError);
          const known = stored.map((each) => each.commit);
          for (const each of commits) expect(known).toContainEqual(each);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('any of them, of commits that have expired, nothing is damage, and there is no commit that was not stored', () => {
    fc.assert(
      fc.property(
        history,
        order,
        fc.array(fc.boolean(), { minLength: 25, maxLength: 25 }),
        (given, direction, kept) => {
          const stored = given.map((each) => {
            const expired = { ...each.commit, ttl: 1 };
            return { commit: expired, items: itemsInParts(expired, each.items.length) };
          });
          const items = itemsOf(stored, direction).filter((_, index) => kept[index] === true);
          const { commits, error } = assemble(items, direction, 1000);
          expect(error).toBeUndefined();
          const known = stored.map((each) => each.commit);
          for (const each of commits) expect(known).toContainEqual(each);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('the damage names the version of the commit', () => {
    const { items } = store(commit(4, 2), 3);
    expect(assemble(items.slice(0, 2), 'forward').error).toMatchObject({ stream, version: 4 });
    expect(assemble(items.slice(1), 'forward').error).toMatchObject({ stream, version: 4 });
    expect(assemble([items[2]!, items[0]!], 'backward').error).toMatchObject({ stream, version: 4 });
  });
});
