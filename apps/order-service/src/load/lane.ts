/** The service has as many requests as it can take. Nothing was done. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError';
  constructor() {
    super('The service has as many requests as it can take.');
  }
}

/** The client hung up before its request was begun. Nothing was done. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
  constructor() {
    super('The client hung up before its request was begun.');
  }
}

export interface LaneLimits {
  /** Requests under way at once. */
  readonly running: number;
  /** Requests that wait for their turn. */
  readonly waiting: number;
  /** How long one waits at most, in ms. */
  readonly waitMs: number;
}

interface Waiting {
  readonly key: string | undefined;
  readonly start: () => void;
}

/** Lets a bounded number of requests run at once and a bounded number wait; the others are rejected at once. */
export class Lane {
  private readonly busy = new Set<string>();
  private readonly queue = new Set<Waiting>();
  private running = 0;

  constructor(private readonly limits: LaneLimits) {}

  /** Whether one more would be rejected. */
  get isFull(): boolean {
    return this.queue.size >= this.limits.waiting;
  }

  /**
   * Resolves when it is the request's turn.
   * @param key Requests with the same key run one after the other, and do not keep those with other keys waiting.
   * @param gone The request leaves the queue when it is aborted.
   * @returns Ends the request's turn.
   * @throws OverloadedError, ClientGoneError
   */
  take(key: string | undefined, gone?: AbortSignal): Promise<() => void> {
    if (gone?.aborted === true) return Promise.reject(new ClientGoneError());
    if (this.mayRun(key)) return Promise.resolve(this.run(key));
    if (this.isFull) return Promise.reject(new OverloadedError());
    return this.wait(key, gone);
  }

  private wait(key: string | undefined, gone: AbortSignal | undefined): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.queue.delete(waiting);
        clearTimeout(timer);
        gone?.removeEventListener('abort', hangUp);
      };
      const hangUp = () => {
        leave();
        reject(new ClientGoneError());
      };
      const timer = setTimeout(() => {
        leave();
        reject(new OverloadedError());
      }, this.limits.waitMs);
      const waiting = {
        key,
        start: () => {
          leave();
          resolve(this.run(key));
        },
      };
      gone?.addEventListener('abort', hangUp);
      this.queue.add(waiting);
    });
  }

  private mayRun(key: string | undefined): boolean {
    return this.running < this.limits.running && (key === undefined || !this.busy.has(key));
  }

  private run(key: string | undefined): () => void {
    this.running += 1;
    if (key !== undefined) this.busy.add(key);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.running -= 1;
      if (key !== undefined) this.busy.delete(key);
      this.startNext();
    };
  }

  private startNext(): void {
    for (const { key, start } of this.queue) {
      if (this.running >= this.limits.running) return;
      if (this.mayRun(key)) start();
    }
  }
}
