import { createHash } from 'node:crypto';
import type { StreamId } from '../event/stream-id.js';

/**
 * Proof that a command was carried out: stored beside its commit, in the same transaction, under its idempotency key. It
 * outlives caches, snapshots and any number of later commits.
 */
export interface Receipt {
  readonly commitId: string;
  /** Tells the write that stored it from a repetition. */
  readonly attempt: string;
  /** Version of the first and of the last event of the commit. */
  readonly first: number;
  readonly last: number;
  /** Time of the commit, in ms since the epoch. */
  readonly recordedAt: number;
  /** `digestOf` the events. */
  readonly digest: string;
  /** `hashOf` what the caller said identifies the command, if anything. */
  readonly fingerprint: string | undefined;
  /** When receipt and commit may be deleted, in seconds since the epoch; absent: never. */
  readonly ttl?: number | undefined;
}

/** What is stored of a key or a fingerprint: short, of fixed length, and free of what the text may tell. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** Commit id that stands for an idempotency key on one stream: the same for ever, and different on every other stream. */
export function idempotentCommitId(stream: StreamId, idempotencyKey: string): string {
  const scope = JSON.stringify([stream.tenant ?? null, stream.aggregate, stream.id, idempotencyKey]);
  return `key-${createHash('sha256').update(scope).digest('base64url')}`;
}

/** What the caller said identifies the command counts, where both said it; else the events. */
export function isSameCommand(stored: Receipt, given: Receipt | undefined): boolean {
  if (given === undefined) return false;
  const { fingerprint } = stored;
  return fingerprint !== undefined && given.fingerprint !== undefined
    ? fingerprint === given.fingerprint
    : stored.digest === given.digest;
}
