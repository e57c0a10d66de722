import { randomInt } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { runFeedHistory } from './feed-history.js';
import { feedPlanOf } from './feed-plan.js';

/** Of 1,000 in all; each takes some 50 ms. */
const HISTORIES = Number(process.env['FEED_HISTORIES'] ?? 1_000);
/** Seed of a single history to run again, as a failure prints it. */
const REPLAY = process.env['FEED_HISTORY'];

/** A share of the simulated histories of feeds as a test; the seed is another one each time, and printed. */
export function itFollows(share: number, of: number): void {
  const seed = REPLAY ?? `${process.env['SIMULATION_SEED'] ?? randomInt(2 ** 31)}.feed.${share}`;
  const count = REPLAY === undefined ? Math.ceil(HISTORIES / of) : 1;
  it(`read models are complete and exact in ${count} simulated histories of feeds (share ${share} of ${of})`, async () => {
    const tally = { histories: 0, events: 0, deliveries: 0, requests: 0, mishaps: 0, trimmed: 0 };
    for (let index = 0; index < count; index++) {
      const plan = feedPlanOf(count === 1 ? seed : `${seed}-${index}`);
      const result = await runFeedHistory(plan);
      if (result.violations.length > 0)
        throw new Error(
          [
            `The history of seed ${plan.seed} (${plan.profile}) violates guarantee 5:`,
            ...result.violations,
            JSON.stringify({ ...plan, poison: [...plan.poison] }),
            `Replay: FEED_HISTORY=${plan.seed} npm run simulate`,
          ].join('\n'),
        );
      tally.histories += 1;
      tally.events += result.events;
      tally.deliveries += result.deliveries;
      tally.requests += result.requests;
      tally.mishaps += result.mishaps;
      tally.trimmed += result.trimmed ? 1 : 0;
    }
    process.stdout.write(`simulation of feeds, seed ${seed}: ${JSON.stringify(tally)}\n`);
    expect(tally.histories).toBe(count);
    // A simulation in which little happens proves little.
    expect(tally.deliveries).toBeGreaterThan(count);
    if (REPLAY === undefined) expect(tally.mishaps).toBeGreaterThan(count / 2);
  }, 1_800_000);
}
