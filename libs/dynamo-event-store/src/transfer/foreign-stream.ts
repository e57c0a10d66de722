import { createHash } from 'node:crypto';
import type { EventMetadata } from '../event/event-metadata.js';
import { type StreamId, streamKeyOf } from '../event/stream-id.js';
import { encodeValue } from '../event/value-codec.js';
import { isRecord } from '../event/value-kind.js';
import { checkStream } from '../store/arguments.js';
import type { Commit } from '../store/commit.js';
import { encodeBody } from '../store/commit-body.js';
import type { RawCommits } from '../store/raw-commits.js';
import { EventSerializationError } from '../errors/event-errors.js';
import { findExactNumber } from './exact-number.js';
import type { ForeignEvent, MappedEvent } from './foreign-events.js';

/** Gives the events of one foreign stream their places here, one commit each. */
export class ForeignStream {
  private sequence = 0;
  /** A mapping may spread one foreign stream over several of ours. */
  private readonly ends = new Map<string, { version: number; recordedAt: number }>();
  isRefused = false;

  constructor(
    private readonly raw: RawCommits,
    private readonly source: string,
    private readonly dryRun: boolean,
  ) {}

  /** What is wrong with the place of an event, if anything; it takes the place all the same. */
  faultOf({ sequence }: ForeignEvent): 'gap' | 'duplicate' | undefined {
    const expected = this.sequence + 1;
    this.sequence = sequence;
    if (sequence === expected) return undefined;
    return sequence === expected - 1 && expected > 1 ? 'duplicate' : 'gap';
  }

  /** @throws EventSerializationError, InvalidArgumentError, TypeError The event cannot be stored, or could not be read. */
  async commitOf(event: ForeignEvent, mapped: MappedEvent): Promise<Commit> {
    const { aggregate, id, tenant, type, schemaVersion, payload, metadata } = mapped;
    const stream: StreamId = tenant === undefined ? { aggregate, id } : { aggregate, id, tenant };
    checkStream(stream);
    if (typeof type !== 'string' || type === '' || !type.isWellFormed())
      throw new TypeError('type must be well-formed text that is not empty');
    if (metadata !== undefined && !isRecord(metadata)) throw new TypeError('metadata is not a plain object');
    this.raw.checkTenant('migrate', { stream, metadata: metadata as EventMetadata | undefined });
    const recordedAt = mapped.recordedAt.getTime();
    if (!Number.isFinite(recordedAt)) throw new TypeError('recordedAt is not a valid date');
    const end = this.ends.get(streamKeyOf(stream)) ?? { version: 0, recordedAt: -Infinity };
    refuseExactNumbers(payload, type);
    refuseExactNumbers(metadata, 'metadata');
    const text = JSON.stringify(encodeValue(payload, type));
    const commit: Commit = {
      stream,
      version: end.version + 1,
      count: 1,
      types: [this.raw.labelOf(type, schemaVersion)],
      commitId: commitIdOf(this.source, event),
      // The clocks of several writers may have differed; here time never runs backwards in a stream.
      recordedAt: Math.max(recordedAt, end.recordedAt),
      metadata: metadata as EventMetadata | undefined,
      body: encodeBody([{ typeIndex: 0, payload: text }]),
      ttl: undefined,
    };
    if (metadata !== undefined) encodeValue(metadata, 'metadata');
    const safe = await this.raw.protect(commit, this.dryRun);
    this.ends.set(streamKeyOf(stream), { version: commit.version, recordedAt: commit.recordedAt });
    return safe;
  }

  /** Streams of ours that it goes to. */
  get targets(): IterableIterator<string> {
    return this.ends.keys();
  }
}

/** The same for the same event, so that a second run finds what the first one stored. */
function commitIdOf(source: string, { store, id, sequence }: ForeignEvent): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([source, store, id, sequence]))
    .digest('base64url');
  return `${source}-${digest}`;
}

/** They would be changed without a word. */
function refuseExactNumbers(value: unknown, what: string): void {
  const found = findExactNumber(value);
  if (found === undefined) return;
  const fault = `${found.text} has more digits than a number holds; let map make it text or the nearest number.`;
  throw new EventSerializationError(what, found.path, fault);
}

export function describePlace({ store, id, sequence }: ForeignEvent): string {
  return `${store}/${id} ${sequence}`;
}
