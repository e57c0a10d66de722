import { expect, it } from '@jest/globals';
import { SharedCall } from './shared-call.js';

it('callers during a call share the next one, which begins after it, also when it fails', async () => {
  const ends: ((error?: Error) => void)[] = [];
  const shared = new SharedCall(
    () =>
      new Promise((resolve, reject) => {
        ends.push((error) => {
          if (error === undefined) resolve();
          else reject(error);
        });
      }),
  );
  const first = shared.request();
  const others = [shared.request(), shared.request()];
  expect(ends).toHaveLength(1);
  ends[0]!(new Error('no'));
  await expect(first).rejects.toThrow('no');
  await Promise.resolve();
  expect(ends).toHaveLength(2);
  ends[1]!();
  await Promise.all(others);
  const last = shared.request();
  expect(ends).toHaveLength(3);
  ends[2]!();
  await last;
});
