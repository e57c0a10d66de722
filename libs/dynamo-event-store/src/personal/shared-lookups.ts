import pLimit from 'p-limit';

/** An SDK client has 50 sockets, and the KMS of an account is shared by everything in it. */
const AT_ONCE = 16;

/** Lookups of keys: each is under way once, however many ask for it, and few at a time. */
export class SharedLookups<T> {
  private readonly limit = pLimit(AT_ONCE);
  private readonly underWay = new Map<string, Promise<T>>();

  /** @param lookUp Must not begin another one, which could wait for this one for ever. */
  get(name: string, lookUp: () => Promise<T>): Promise<T> {
    const known = this.underWay.get(name);
    if (known !== undefined) return known;
    const answer = this.limit(lookUp).finally(() => {
      if (this.underWay.get(name) === answer) this.underWay.delete(name);
    });
    this.underWay.set(name, answer);
    return answer;
  }

  /** From now on nobody joins what began before. */
  leaveBehind(): void {
    this.underWay.clear();
  }
}
