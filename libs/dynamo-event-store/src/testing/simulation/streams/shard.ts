import { firstIndex } from '../storage/partition.js';
import type { StreamRecord } from './stream-record.js';
import type { ShardOutput } from './stream-shapes.js';

/** Hashes of items from `low` up to but not including `high`. */
export interface HashRange {
  readonly low: number;
  readonly high: number;
}

export interface ShardEntry {
  readonly sequence: bigint;
  /** Instant from which it can be read. */
  readonly arrivedAt: number;
  readonly record: StreamRecord;
}

export interface ShardPlace {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly hashes: HashRange;
  /** Before all records. */
  readonly firstSequence: bigint;
}

/** Records in the order of their sequence numbers. Once it is closed there are no more. */
export class Shard {
  readonly #entries: ShardEntry[] = [];
  #lastSequence: bigint;
  #trimmedThrough: bigint;
  #closedAt: number | undefined;

  constructor(readonly place: ShardPlace) {
    this.#lastSequence = place.firstSequence;
    this.#trimmedThrough = place.firstSequence - 1n;
  }

  get isOpen(): boolean {
    return this.#closedAt === undefined;
  }

  get closedAt(): number | undefined {
    return this.#closedAt;
  }

  /** Of the last record; of a closed shard its end. */
  get lastSequence(): bigint {
    return this.#lastSequence;
  }

  /** Up to and with this number there are no records any more. */
  get trimmedThrough(): bigint {
    return this.#trimmedThrough;
  }

  add(record: StreamRecord, step: number, arrivedAt: number): void {
    this.#lastSequence += BigInt(step);
    this.#entries.push({ sequence: this.#lastSequence, arrivedAt, record });
  }

  close(step: number, at: number): void {
    this.#lastSequence += BigInt(step);
    this.#closedAt = at;
  }

  /** Forgets the records that arrived before an instant. */
  trim(oldest: number): void {
    const kept = firstIndex(this.#entries, ({ arrivedAt }) => arrivedAt >= oldest);
    const last = this.#entries.splice(0, kept).at(-1);
    if (last !== undefined) this.#trimmedThrough = last.sequence;
  }

  /** Records after a sequence number: at most so many, and so many bytes. No record has as many. */
  after(sequence: bigint, limit: number, maxBytes: number): ShardEntry[] {
    const from = firstIndex(this.#entries, (entry) => entry.sequence > sequence);
    const found = this.#entries.slice(from, from + limit);
    let bytes = 0;
    const tooMany = found.findIndex(({ record }) => (bytes += record.bytes) > maxBytes);
    return tooMany < 0 ? found : found.slice(0, tooMany);
  }

  describe(): ShardOutput {
    const { id, parentId, firstSequence } = this.place;
    return {
      ShardId: id,
      ...(parentId === undefined ? {} : { ParentShardId: parentId }),
      SequenceNumberRange: {
        StartingSequenceNumber: String(firstSequence),
        ...(this.isOpen ? {} : { EndingSequenceNumber: String(this.#lastSequence) }),
      },
    };
  }
}
