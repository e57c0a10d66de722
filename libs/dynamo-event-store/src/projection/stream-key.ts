import type { StreamId } from '../event/stream-id.js';

/** One text per stream, for maps and record ids: JSON, since ids hold any characters. */
export function streamKeyOf({ tenant, aggregate, id }: StreamId): string {
  return JSON.stringify(tenant === undefined ? [aggregate, id] : [aggregate, id, tenant]);
}
