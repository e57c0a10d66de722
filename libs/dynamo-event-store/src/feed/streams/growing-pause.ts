const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

/** ms to wait after so many failures in a row, from 1: a second, and twice as long each time, up to a minute. */
export function growingPause(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
}
