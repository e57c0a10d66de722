// Bound at load, so that fake timers of a test runner do not stop the simulation.
import { setImmediate } from 'node:timers';
import type { FeedClock } from '../../store/clock.js';
import { TimeQueue } from './time-queue.js';

/** 2024-01-01T00:00:00Z: any fixed instant would do. */
const DEFAULT_START = 1_704_067_200_000;

/**
 * Immediates queued at once. Node settles all promise continuations between two of them, but goes through the whole event
 * loop, which costs several times as much, only after the last.
 */
const MOST_IMMEDIATES = 64;

/** Whole turns of the event loop that nothing is scheduled in before it counts as the end. */
const IDLE_TURNS = 3;

/** Nothing is scheduled, and what was waited for is still pending: it waits for itself, or for something outside. */
export class VirtualDeadlockError extends Error {
  override readonly name = 'VirtualDeadlockError';
  readonly code = 'DEADLOCK';

  constructor(at: number) {
    super(
      `deadlock at ${new Date(at).toISOString()}: nothing is scheduled in virtual time, but the promise is still pending. ` +
        'It waits for itself, or for a real timer, socket or file.',
    );
  }
}

/**
 * Time that passes only when everybody waits: code under test that takes its clock and its pauses from here runs hours
 * in milliseconds, and in the same order every time. Real timers, sockets and files are unknown to it.
 */
export class VirtualTime implements FeedClock {
  readonly #queue = new TimeQueue();
  #now: number;
  #running = false;

  /** @param start First instant, as a date or in ms since the epoch. Default 2024-01-01T00:00:00Z. */
  constructor(start: Date | number = DEFAULT_START) {
    this.#now = Number(start);
    if (!Number.isFinite(this.#now)) throw new RangeError(`start is ${String(start)}, but must be an instant.`);
  }

  /** ms since the epoch; may have a fraction. */
  now(): number {
    return this.#now;
  }

  /** The virtual instant as a date, in whole ms. May be passed on without this object; for a read side pass the object. */
  readonly clock = (): Date => new Date(this.#now);

  /** Resolves after so many ms of virtual time, or as soon as the signal is aborted. Makes this object a `Clock`. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const wake = (): void => {
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      signal?.addEventListener('abort', wake);
      this.schedule(ms, wake);
    });
  }

  /** Resolves when so many ms of virtual time have passed, from 0. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.schedule(ms, resolve);
    });
  }

  /**
   * Calls back once, at a date, or when so many ms have passed. What is due in the past is due now. Callbacks of one
   * instant run in the order in which they were scheduled.
   */
  schedule(atOrDelayMs: Date | number, run: () => void): void {
    const at = typeof atOrDelayMs === 'number' ? this.#now + atOrDelayMs : atOrDelayMs.getTime();
    if (Number.isNaN(at)) throw new RangeError('A callback must be scheduled at an instant, or after a number of ms.');
    this.#queue.push(Math.max(at, this.#now), run);
  }

  /**
   * Lets time pass until nothing is scheduled. All promise continuations settle between two callbacks. Rejects with what
   * a callback throws, and leaves the rest scheduled.
   */
  run(): Promise<void> {
    return this.#drive(() => false);
  }

  /**
   * Lets time pass until the promise settles, and gives its value or rejects as it does.
   * @throws VirtualDeadlockError Nothing is left to run, and the promise is still pending.
   */
  async runUntil<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    promise.then(settle, settle);
    await this.#drive(() => settled);
    // Set by a continuation of the promise, which the compiler cannot see.
    if (!(settled as boolean)) throw new VirtualDeadlockError(this.#now);
    return promise;
  }

  #drive(isDone: () => boolean): Promise<void> {
    if (this.#running) return Promise.reject(new Error('This virtual time is running already.'));
    this.#running = true;
    return new Promise<void>((resolve, reject) => {
      let finished = false;
      let idle = 0;
      const finish = (settle: () => void): void => {
        finished = true;
        this.#running = false;
        settle();
      };
      const step = (): void => {
        if (finished) return;
        if (isDone()) {
          finish(resolve);
          return;
        }
        const due = this.#queue.pop();
        if (due === undefined) return;
        idle = 0;
        this.#now = due.at;
        try {
          due.run();
        } catch (error) {
          const reason = error as Error;
          finish(() => {
            reject(reason);
          });
        }
      };
      const turn = (steps: number): void => {
        if (this.#queue.isEmpty && ++idle > IDLE_TURNS && !finished) finish(resolve);
        if (finished) return;
        for (let left = steps; left > 0; left--) setImmediate(step);
        setImmediate(turn, Math.min(steps * 2, MOST_IMMEDIATES));
      };
      turn(1);
    });
  }
}
