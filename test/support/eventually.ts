import { setTimeout as delay } from 'node:timers/promises';

/** Polls until the condition holds, and fails when it does not within the bound. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  const timeout = AbortSignal.timeout(withinMs);
  while (!(await condition())) {
    if (timeout.aborted) throw new Error(`within ${withinMs} ms it did not come true that ${what}`);
    await delay(25);
  }
}
