// Bound at load, so that fake timers of a test runner do not stop the simulation.
import { clearTimeout, setTimeout } from 'node:timers';
import type { FeedClock } from '../../store/clock.js';

const nanoseconds = process.hrtime.bigint.bind(process.hrtime);

/** The longest that a timer of Node waits. */
const LONGEST_MS = 2 ** 31 - 1;

/** Time that flows as in reality, and can be skipped: what waits for an instant that was skipped goes on at once. */
export class SimulatedClock implements FeedClock {
  readonly #begun = realMs();
  readonly #sleepers = new Set<() => void>();
  #start: number;

  /** @param start First instant, as a date or in ms since the epoch. Default: the present. */
  constructor(start: Date | number = Date.now()) {
    this.#start = Number(start);
    if (!Number.isFinite(this.#start)) throw new RangeError(`start is ${String(start)}, but must be an instant.`);
  }

  now(): number {
    return Math.floor(this.#start + realMs() - this.#begun);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    const until = this.now() + ms;
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        this.#sleepers.delete(look);
        resolve();
      };
      const look = (): void => {
        clearTimeout(timer);
        const left = until - this.now();
        if (left <= 0) wake();
        else timer = setTimeout(look, Math.min(left, LONGEST_MS));
      };
      signal?.addEventListener('abort', wake);
      this.#sleepers.add(look);
      look();
    });
  }

  /** Lets so many ms pass at once. */
  skip(ms: number): void {
    this.#start += ms;
    for (const look of [...this.#sleepers]) look();
  }
}

/** ms of real time since some instant. */
export function realMs(): number {
  return Number(nanoseconds()) / 1e6;
}

/** Resolves after so many ms of real time, or when the signal is aborted. */
export function realPause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
