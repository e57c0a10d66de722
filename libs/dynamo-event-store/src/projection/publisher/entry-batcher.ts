import { failureOfRequest, NO_OUTCOME, type ServiceFailure } from './service-failure.js';

/** What one request of the service may hold. */
export interface BatchLimits {
  readonly entries: number;
  /** Bytes of all entries together. */
  readonly bytes: number;
}

/**
 * Sends entries in one request.
 * @returns For each entry, in the order given, its failure, or `undefined` when it was accepted. Rejects when the request
 * as a whole failed.
 */
export type SendEntries<E> = (entries: readonly E[]) => Promise<readonly (ServiceFailure | undefined)[]>;

interface Waiting<E> {
  readonly entry: E;
  readonly bytes: number;
  readonly settle: (failure: ServiceFailure | undefined) => void;
}

/**
 * Lets calls that are made at about the same time share a request, each with an outcome of its own. Entries stand in the
 * request in the order of the calls.
 */
export class EntryBatcher<E> {
  private waiting: Waiting<E>[] = [];
  private waitingBytes = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param waitMs How long the first entry of a request waits for others. */
  constructor(
    private readonly send: SendEntries<E>,
    private readonly limits: BatchLimits,
    private readonly waitMs: number,
  ) {}

  /**
   * Never rejects.
   * @param bytes Size of the entry, at most `limits.bytes`.
   */
  add(entry: E, bytes: number): Promise<ServiceFailure | undefined> {
    if (this.waitingBytes + bytes > this.limits.bytes) this.sendWaiting();
    return new Promise((settle) => {
      this.waiting.push({ entry, bytes, settle });
      this.waitingBytes += bytes;
      if (this.waiting.length === this.limits.entries) this.sendWaiting();
      else
        this.timer ??= setTimeout(() => {
          this.sendWaiting();
        }, this.waitMs);
    });
  }

  private sendWaiting(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const batch = this.waiting;
    this.waiting = [];
    this.waitingBytes = 0;
    if (batch.length > 0) void this.dispatch(batch);
  }

  private async dispatch(batch: readonly Waiting<E>[]): Promise<void> {
    try {
      const failures = await this.send(batch.map(({ entry }) => entry));
      for (const [index, { settle }] of batch.entries()) settle(index < failures.length ? failures[index] : NO_OUTCOME);
    } catch (error) {
      const failure = failureOfRequest(error);
      // One bad entry can get the whole request refused; the streams of the others must not suffer for it.
      if (batch.length > 1 && !failure.retryable) await Promise.all(batch.map((each) => this.dispatch([each])));
      else for (const { settle } of batch) settle(failure);
    }
  }
}
