/** Middle of the numbers; the mean of the middle two of an even number. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/** Half of the range that the middle half of the numbers lies in. */
export function halfInterquartileRange(numbers: readonly number[]): number {
  return (quantile(numbers, 0.75) - quantile(numbers, 0.25)) / 2;
}

/** @param share From 0 to 1; between two numbers, in proportion. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}
