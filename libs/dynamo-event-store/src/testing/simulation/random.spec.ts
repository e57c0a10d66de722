import { describe, expect, it } from '@jest/globals';
import { Random } from './random.js';

const drawn = (random: Random, count = 5): number[] => Array.from({ length: count }, () => random.next());

describe('a stream of random numbers', () => {
  it('is the same for the same seed, on every machine', () => {
    expect(drawn(new Random(7))).toEqual(drawn(new Random('7')));
    expect(Array.from({ length: 4 }, (_, seed) => new Random(seed).int(2 ** 32))).toEqual(GOLDEN);
  });

  it('is another for another seed', () => {
    const first = Array.from({ length: 1_000 }, (_, seed) => new Random(seed).next());
    expect(new Set(first).size).toBe(1_000);
    expect(new Random('ab').next()).not.toBe(new Random('ba').next());
  });

  it('fills the range from 0 to 1 evenly, whether from one seed or from one number of many seeds', () => {
    const random = new Random('even');
    const streams = [
      Array.from({ length: 20_000 }, () => random.next()),
      Array.from({ length: 20_000 }, (_, seed) => new Random(seed).next()),
    ];
    for (const numbers of streams) {
      const tenths = Array.from(
        { length: 10 },
        (_, tenth) => numbers.filter((n) => Math.floor(n * 10) === tenth).length,
      );
      for (const count of tenths) expect(Math.abs(count - 2_000)).toBeLessThan(200);
    }
  });

  it('gives whole numbers below a bound, and refuses a bound that leaves none', () => {
    const random = new Random(1);
    const faces = new Set(Array.from({ length: 200 }, () => random.int(6)));
    expect([...faces].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    for (const bound of [0, -1, 1.5, Number.NaN, 2 ** 32 + 1]) expect(() => random.int(bound)).toThrow(RangeError);
  });

  it('gives chances, of which 0 never comes and 1 always', () => {
    const random = new Random(2);
    const many = Array.from({ length: 1_000 });
    expect(many.some(() => random.chance(0))).toBe(false);
    expect(many.every(() => random.chance(1))).toBe(true);
    const quarter = many.filter(() => random.chance(0.25)).length;
    expect(Math.abs(quarter - 250)).toBeLessThan(60);
  });

  it('picks from a list, and refuses an empty one', () => {
    const random = new Random(3);
    expect(new Set(Array.from({ length: 50 }, () => random.pick(['a', 'b', 'c'])))).toEqual(new Set(['a', 'b', 'c']));
    expect(() => random.pick([])).toThrow(RangeError);
  });
});

describe('a fork', () => {
  it('does not depend on what was drawn before', () => {
    const used = new Random(9);
    drawn(used, 100);
    expect(drawn(used.fork('latency'))).toEqual(drawn(new Random(9).fork('latency')));
  });

  it('does not change what is drawn from where it came', () => {
    const [forked, untouched] = [new Random(9), new Random(9)];
    drawn(forked.fork('a'));
    expect(drawn(forked)).toEqual(drawn(untouched));
  });

  it('is another stream for another label, another seed, and another depth', () => {
    const root = new Random(9);
    const streams = [root, root.fork('a'), root.fork('b'), root.fork('a').fork('b'), new Random(10).fork('a')];
    expect(new Set(streams.map((each) => each.next())).size).toBe(streams.length);
  });
});

/** First numbers of the seeds 0 to 3. */
const GOLDEN = [3357922250, 1303247521, 3007360460, 2439028168];
