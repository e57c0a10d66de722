import { randomInt } from 'node:crypto';
import { expect, it } from '@jest/globals';
import type { FaultPlace } from './plan.js';
import { runHistories } from './run-histories.js';

/** Of 20,000 in all; the specs share them, since each file runs in a process of its own. */
const HISTORIES = Number(process.env['SIMULATION_HISTORIES'] ?? 20_000);
/** Seed of a single history to run again, as a failure prints it. */
const REPLAY = process.env['SIMULATION_HISTORY'];

/** Of those whose faults lie below the SDK's retries, which take far more CPU. */
const HISTORIES_BELOW = Number(process.env['SIMULATION_HISTORIES_BELOW'] ?? 5_000);

/** A share of the simulated histories as a test; the seed is another one each time, and printed. */
export function itHolds(share: number, of: number, place: FaultPlace = 'above'): void {
  const seed = REPLAY ?? `${process.env['SIMULATION_SEED'] ?? randomInt(2 ** 31)}.${share}`;
  const all = place === 'above' ? HISTORIES : HISTORIES_BELOW;
  const count = REPLAY === undefined ? Math.ceil(all / of) : 1;
  it(`every guarantee holds in ${count} simulated histories with faults ${place} the retries of the SDK (share ${share} of ${of})`, async () => {
    const tally = await runHistories(seed, count, place);
    process.stdout.write(`simulation, ${place}, seed ${seed}: ${JSON.stringify(tally)}\n`);
    expect(tally.histories).toBe(count);
    // A simulation in which little happens proves little.
    expect(tally.operations).toBeGreaterThan(count);
    if (REPLAY === undefined) expect(tally.faults).toBeGreaterThan(count);
  }, 900_000);
}
