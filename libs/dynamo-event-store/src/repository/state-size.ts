const OBJECT_BYTES = 48;
const VALUE_BYTES = 16;

/** Rough size of a value in the heap, in bytes: for bounding a cache, not for accounting. At least 1. */
export function sizeOfState(value: unknown, seen = new Set<object>()): number {
  if (typeof value === 'string') return VALUE_BYTES + 2 * value.length;
  if (typeof value !== 'object' || value === null) return VALUE_BYTES;
  if (seen.has(value)) return VALUE_BYTES;
  seen.add(value);
  if (value instanceof Uint8Array) return OBJECT_BYTES + value.byteLength;
  let bytes = OBJECT_BYTES;
  if (value instanceof Map || value instanceof Set)
    for (const [key, item] of value.entries()) bytes += sizeOfState(key, seen) + sizeOfState(item, seen);
  for (const key of Object.keys(value))
    bytes += VALUE_BYTES + sizeOfState((value as Record<string, unknown>)[key], seen);
  return bytes;
}
