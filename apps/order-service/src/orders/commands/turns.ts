/** Lets work with one key run one after the other, and with different keys side by side. */
export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  /** Runs when all earlier work with this key has ended, however it ended. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.last.get(key) ?? Promise.resolve()).then(work);
    const ended = turn.catch(() => undefined);
    this.last.set(key, ended);
    try {
      return await turn;
    } finally {
      if (this.last.get(key) === ended) this.last.delete(key);
    }
  }

  /** Keys with work under way or waiting. */
  get size(): number {
    return this.last.size;
  }
}
