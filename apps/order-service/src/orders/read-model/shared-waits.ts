/** Lets callers who wait for the same share one wait. It is aborted when the last of them has left. */
export class SharedWaits<T> {
  private readonly waits = new Map<string, SharedWait<T>>();

  /**
   * @param run Begins the wait; not called while there is one with this key.
   * @param gone The caller leaves when it is aborted.
   */
  async join(key: string, run: (signal: AbortSignal) => Promise<T>, gone?: AbortSignal): Promise<T> {
    const wait = this.waits.get(key) ?? this.begin(key, run);
    wait.callers += 1;
    const leave = () => {
      wait.callers -= 1;
      if (wait.callers > 0) return;
      wait.controller.abort();
      this.end(key, wait);
    };
    gone?.addEventListener('abort', leave);
    try {
      return await wait.outcome;
    } finally {
      gone?.removeEventListener('abort', leave);
    }
  }

  /** Waits under way. */
  get size(): number {
    return this.waits.size;
  }

  private begin(key: string, run: (signal: AbortSignal) => Promise<T>): SharedWait<T> {
    const controller = new AbortController();
    const outcome = run(controller.signal).finally(() => {
      this.end(key, wait);
    });
    const wait: SharedWait<T> = { controller, outcome, callers: 0 };
    this.waits.set(key, wait);
    return wait;
  }

  private end(key: string, wait: SharedWait<T>): void {
    if (this.waits.get(key) === wait) this.waits.delete(key);
  }
}

interface SharedWait<T> {
  readonly controller: AbortController;
  readonly outcome: Promise<T>;
  callers: number;
}
