import type { StreamId } from '../event/stream-id.js';
import type { CommitBody } from './commit-body.js';
import type { SerializedEventType } from '../event/event-serializer.js';

/** State of an aggregate at one version, as it is stored. One per stream; a newer one replaces it. */
export interface Snapshot {
  readonly stream: StreamId;
  /** Last version in the state: the end of a commit. */
  readonly version: number;
  /** That commit. A snapshot counts only as long as the stream still goes through it. */
  readonly commit: CommitMark;
  /** Version of the state's shape, as the aggregate declares it. */
  readonly schemaVersion: number;
  /** In the form of a commit's events: the state, and a list of the fields that are `undefined`, if there are any. */
  readonly state: CommitBody;
  /** Seconds since the epoch after which it may be deleted. */
  readonly ttl: number | undefined;
}

/** Identifies the commit that ends at a version. */
export interface CommitMark {
  /** Version of its first event. */
  readonly first: number;
  readonly commitId: string;
  /** ms since the epoch. */
  readonly recordedAt: number;
}

/** What the state is: aggregate name, schema version of the state, and its class. */
export type StateType = SerializedEventType;
