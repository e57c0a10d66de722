import { expect, it } from '@jest/globals';
import type { FeedConsumer } from '../feed-source.js';
import { Losses } from './losses.js';

it('a consumer is told once of what many shards have lost, again after a failure, and again a minute later', async () => {
  let now = 0;
  let fails = true;
  const told: string[] = [];
  const consumer = {
    key: 'a',
    missed: (reason: string) => {
      told.push(reason);
      return fails ? Promise.reject(new Error('no')) : Promise.resolve();
    },
  } as unknown as FeedConsumer;
  const losses = new Losses({ now: () => now, sleep: () => Promise.resolve() });

  await expect(losses.tell(consumer, '1')).rejects.toThrow('no');
  fails = false;
  await Promise.all([losses.tell(consumer, '2'), losses.tell(consumer, '3')]);
  now = 59_999;
  await losses.tell(consumer, '4');
  now = 60_000;
  await losses.tell(consumer, '5');
  expect(told).toEqual(['1', '2', '5']);
});
