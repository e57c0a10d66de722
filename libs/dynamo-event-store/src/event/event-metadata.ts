import type { JsonValue } from './json-value.js';
import type { StreamId } from './stream-id.js';

/**
 * What is known about a commit besides its events. In reactors and timers `correlationId` and `causationId` are filled when
 * absent; elsewhere `correlationId` is the commit id then, which costs no byte. All values must be JSON.
 */
export interface EventMetadata {
  /** Groups everything that one request or process led to. Default: that of the event at hand, else the commit id. */
  readonly correlationId?: string;
  /** Id of the command or event that led to this commit. Default: that of the event at hand, else none. */
  readonly causationId?: string;
  /** Who acted. */
  readonly actorId?: string;
  /** Tenant of the stream. Default: that of the stream, which costs no byte either. */
  readonly tenantId?: string;
  readonly [key: string]: JsonValue | undefined;
}

/** Metadata of a stored commit: a correlation is always there. */
export type RecordedMetadata = EventMetadata & { readonly correlationId: string };

/** Metadata as a read shows it: with what is not stored because commit and stream say it already. */
export function recordedMetadataOf(
  metadata: EventMetadata | undefined,
  commitId: string,
  { tenant }: StreamId,
): RecordedMetadata {
  const tenantId = metadata?.tenantId ?? tenant;
  return {
    ...metadata,
    ...(tenantId === undefined ? {} : { tenantId }),
    correlationId: metadata?.correlationId ?? commitId,
  };
}
