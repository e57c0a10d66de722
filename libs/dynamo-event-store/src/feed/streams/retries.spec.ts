import { expect, it } from '@jest/globals';
import { Retries } from './retries.js';

it('a consumer that fails is asked again after pauses that double from 1 s to 60 s, and afresh after a success', () => {
  const retries = new Retries();
  const pauses: number[] = [];
  for (let now = 0, failures = 0; failures < 8; failures++) {
    retries.failed('a', now);
    pauses.push(retries.msToFirst(['a'], now));
    expect([retries.isDue('a', now + pauses.at(-1)! - 1), retries.isDue('b', now)]).toEqual([false, true]);
    now += pauses.at(-1)!;
    expect(retries.isDue('a', now)).toBe(true);
  }
  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map((seconds) => seconds * 1_000));
  retries.succeeded('a');
  retries.failed('a', 0);
  expect(retries.msToFirst(['a'], 0)).toBe(1_000);
});
