import { growingPause } from './growing-pause.js';

/** Consumers that could not take what they were given, and when each is to be asked again. */
export class Retries {
  private readonly failing = new Map<string, { readonly failures: number; readonly at: number }>();

  isDue(key: string, now: number): boolean {
    return now >= (this.failing.get(key)?.at ?? 0);
  }

  failed(key: string, now: number): void {
    const failures = (this.failing.get(key)?.failures ?? 0) + 1;
    this.failing.set(key, { failures, at: now + growingPause(failures) });
  }

  succeeded(key: string): void {
    this.failing.delete(key);
  }

  /** ms until the first of these is due. */
  msToFirst(keys: readonly string[], now: number): number {
    return Math.max(0, Math.min(...keys.map((key) => (this.failing.get(key)?.at ?? now) - now)));
  }
}
