import type { JsonValue } from './json-value.js';

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
  readonly tenantId?: string;
  readonly [key: string]: JsonValue | undefined;
}

/** Metadata of a stored commit: correlation and causation are always there. */
export type RecordedMetadata = EventMetadata & { readonly correlationId: string; readonly causationId: string };
