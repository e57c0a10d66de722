/**
 * Random numbers that are the same on every machine for the same seed. The generator is `sfc32` ("small fast counter") by
 * Chris Doty-Humphrey, from his test suite PractRand: 128 bits of state, good enough for simulations, not for secrets.
 */
export class Random {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number | string) {
    this.#seed = String(seed);
    this.#a = hash(this.#seed, 0);
    this.#b = hash(this.#seed, 1);
    this.#c = hash(this.#seed, 2);
    // The first numbers of close seeds still look alike.
    for (let round = 0; round < 12; round++) this.#bits();
  }

  /** From 0 up to but not including 1, in steps of 2^-32. */
  next(): number {
    return this.#bits() / 2 ** 32;
  }

  /** A whole number from 0 up to but not including `maxExclusive`, which must be one from 1 to 2^32. */
  int(maxExclusive: number): number {
    if (!Number.isInteger(maxExclusive) || maxExclusive < 1 || maxExclusive > 2 ** 32)
      throw new RangeError(`maxExclusive is ${maxExclusive}, but must be a whole number from 1 to 2^32.`);
    return Math.floor(this.next() * maxExclusive);
  }

  /** True with this probability; 0 is never and 1 is always. Takes one number from the stream whatever it is. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** @throws RangeError The list is empty. */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('There is nothing to pick from an empty list.');
    return list[this.int(list.length)] as T;
  }

  /**
   * A stream of its own, given by the seed and the label alone: what was drawn before, here or from another fork, makes
   * no difference to it. Two forks with one label are the same stream.
   */
  fork(label: string): Random {
    return new Random(`${this.#seed}/${label}`);
  }

  #bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}

/** FNV-1a over the UTF-16 units, then the finalizer of MurmurHash3, so that every bit depends on all of the text. */
export function hash(text: string, salt: number): number {
  let bits = 0x811c9dc5 ^ Math.imul(salt, 0x9e3779b9);
  for (let index = 0; index < text.length; index++) bits = Math.imul(bits ^ text.charCodeAt(index), 0x01000193);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
