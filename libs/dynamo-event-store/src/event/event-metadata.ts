import type { JsonValue } from './json-value.js';
import type { StreamId } from './stream-id.js';

/**
 * What is known about a commit besides its events. `correlationId` and `causationId` are filled when absent: both with
 * the commit id, which costs no byte. All values must be JSON.
 */
export interface EventMetadata {
  /** Groups everything that one request or process led to. Default: the commit id. */
  readonly correlationId?: string;
  /** Id of the command or event that led to this commit. Default: the commit id. */
  readonly causationId?: string;
  /** Who acted. */
  readonly actorId?: string;
  /** Tenant of the stream. Default: that of the stream, which costs no byte either. */
  readonly tenantId?: string;
  readonly [key: string]: JsonValue | undefined;
}

/** Metadata of a stored commit: correlation and causation are always there. */
export type RecordedMetadata = EventMetadata & { readonly correlationId: string; readonly causationId: string };

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
    causationId: metadata?.causationId ?? commitId,
  };
}
