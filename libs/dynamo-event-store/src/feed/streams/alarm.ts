import type { FeedClock } from '../feed-clock.js';

/** A pause that can be cut short. */
export class Alarm {
  private hasRung = false;
  private waiting: AbortController | undefined;

  /** Ends the pause under way, or the next one. */
  ring(): void {
    this.hasRung = true;
    this.waiting?.abort();
  }

  async wait(clock: FeedClock, ms: number, signal: AbortSignal): Promise<void> {
    if (!this.hasRung && !signal.aborted) {
      const waiting = new AbortController();
      const end = (): void => {
        waiting.abort();
      };
      this.waiting = waiting;
      signal.addEventListener('abort', end);
      await clock.sleep(ms, waiting.signal);
      signal.removeEventListener('abort', end);
      this.waiting = undefined;
    }
    this.hasRung = false;
  }
}
