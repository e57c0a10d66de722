import type { StreamId } from '../../event/stream-id.js';

/** One text per stream, different for every two streams. */
export function streamKeyOf({ aggregate, id, tenant }: StreamId): string {
  return JSON.stringify([aggregate, id, tenant]);
}
