import { validationError } from '../errors.js';
import { expiredIterator } from './stream-errors.js';

const LIFETIME_MS = 15 * 60 * 1_000;

/** A place in a shard. */
export interface ShardIterator {
  readonly arn: string;
  readonly shardId: string;
  /** Records after this sequence number follow. */
  readonly after: bigint;
}

/** The text that stands for it, for 15 minutes from now on; without time for ever. */
export function iteratorText({ arn, shardId, after }: ShardIterator, now: number | undefined): string {
  return Buffer.from(JSON.stringify([arn, shardId, String(after), now ?? null])).toString('base64url');
}

/** @throws ValidationException, ExpiredIteratorException */
export function iteratorOf(text: string | undefined, now: number | undefined): ShardIterator {
  const parts = partsOf(text ?? '');
  if (!Array.isArray(parts)) throw validationError('Invalid ShardIterator');
  const [arn, shardId, after, madeAt] = parts as [string, string, string, number | null];
  if (now !== undefined && madeAt !== null && now - madeAt > LIFETIME_MS) throw expiredIterator();
  return { arn, shardId, after: BigInt(after) };
}

function partsOf(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown;
  } catch {
    return undefined;
  }
}
