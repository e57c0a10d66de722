/** Contestants that may run at a time while nothing is measured. */
export const AT_ONCE = 2;

/** Runs everything of the list, so many at a time. */
export async function inLanes<T>(list: readonly T[], lanes: number, run: (each: T) => Promise<void>): Promise<void> {
  const waiting = [...list];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await run(next);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
