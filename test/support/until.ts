import { setTimeout as delay } from 'node:timers/promises';

/** Waits until a condition holds; fails after a bounded time, naming the condition. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Still not true after ${timeoutMs} ms: ${condition.toString()}`);
    await delay(5);
  }
}
