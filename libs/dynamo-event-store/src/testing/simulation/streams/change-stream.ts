import type { StreamViewType } from '@aws-sdk/client-dynamodb';
import { hash } from '../random.js';
import { itemId } from '../storage/item-key.js';
import type { TableSchema } from '../storage/table-schema.js';
import { TimeQueue } from '../time-queue.js';
import { equalItems } from '../values/attribute-value.js';
import { Shard, type HashRange } from './shard.js';
import type { StreamBehaviour } from './stream-options.js';
import { streamRecord, type ItemChange } from './stream-record.js';

/** How long a record can be read, and a closed shard be seen. */
const RETENTION_MS = 24 * 60 * 60 * 1_000;

/** Of few numbers that follow some have another length, so that their order is not that of their text. */
const FIRST_SEQUENCE = 10n ** 21n - 2_000n;

const HASHES = 2 ** 32;

export interface StreamIdentity {
  readonly arn: string;
  readonly label: string;
  readonly createdAt: number;
  readonly viewType: StreamViewType;
}

interface WrittenChange extends ItemChange {
  /** On the clock of the stream. */
  readonly at: number;
}

/**
 * The stream of a table. A write only notes what it changed; when the stream is looked at, it catches up with what has
 * happened since, in the order of virtual time. So a stream that nobody looks at costs next to nothing.
 */
export class ChangeStream {
  #written: WrittenChange[] = [];
  /** Arrivals of records, and ends of shards. */
  readonly #due = new TimeQueue();
  /** When the latest record of an item arrives that is still under way. */
  readonly #underWay = new Map<string, number>();
  /** By age, the closed ones as well. */
  #shards: Shard[] = [];
  #openShards: readonly Shard[] = [];
  #shardsMade = 0;
  #isEnabled = true;

  #behaviour: StreamBehaviour | undefined;
  readonly #startedAt: number;

  /**
   * @param clock ms since the epoch; `undefined` when no time passes.
   * @param behave Called once, when the stream is looked at for the first time.
   */
  constructor(
    readonly schema: TableSchema,
    readonly identity: StreamIdentity,
    private readonly clock: () => number | undefined,
    private readonly behave: () => StreamBehaviour,
  ) {
    this.#startedAt = this.#now();
  }

  get behaviour(): StreamBehaviour {
    return (this.#behaviour ??= this.behave());
  }

  get isEnabled(): boolean {
    return this.#isEnabled;
  }

  record(change: Omit<ItemChange, 'createdAt'>): void {
    if (change.before === undefined && change.after === undefined) return;
    const now = this.clock();
    this.#written.push({ ...change, at: now ?? 0, createdAt: now ?? Date.now() });
  }

  /** Those that can be seen now, in the order in which they were opened. */
  shards(): readonly Shard[] {
    const now = this.#now();
    this.#catchUp(now);
    const oldest = now - RETENTION_MS;
    this.#shards = this.#shards.filter(({ closedAt = Infinity }) => closedAt >= oldest);
    for (const shard of this.#shards) shard.trim(oldest);
    return this.#shards;
  }

  /** Closes every open shard, each with so many children. */
  replaceShards(children: 1 | 2): void {
    const now = this.#now();
    this.#catchUp(now);
    for (const shard of this.#openShards) this.#replace(shard, children, now);
  }

  /** All that was written can be read from now on, and there will be no more. */
  disable(): void {
    const now = this.#now();
    this.#catchUp(now);
    this.#isEnabled = false;
    for (let due = this.#due.pop(); due !== undefined; due = this.#due.pop()) due.run();
    for (const shard of this.#openShards) shard.close(this.behaviour.sequenceStep(), now);
    this.#openShards = [];
  }

  #now(): number {
    return this.clock() ?? 0;
  }

  #catchUp(now: number): void {
    if (this.#shardsMade === 0) this.#begin();
    for (const change of this.#written) this.#send(change);
    this.#written = [];
    for (let at = this.#due.nextAt; at !== undefined && at <= now; at = this.#due.nextAt) this.#due.pop()?.run();
  }

  #begin(): void {
    const { shards } = this.behaviour;
    const bound = (index: number): number => Math.floor((HASHES / shards) * index);
    for (let index = 0; index < shards; index++)
      this.#open({ low: bound(index), high: bound(index + 1) }, undefined, this.#startedAt);
  }

  #send(change: WrittenChange): void {
    const { key, before, after } = change;
    if (before !== undefined && after !== undefined && equalItems(before, after)) return;
    const id = itemId(key);
    const arrivesAt = Math.max(change.at + this.behaviour.delayMs(), this.#underWay.get(id) ?? 0);
    this.#underWay.set(id, arrivesAt);
    this.#due.push(arrivesAt, () => {
      if (this.#underWay.get(id) === arrivesAt) this.#underWay.delete(id);
      this.#arrive(change, id, arrivesAt);
    });
  }

  #arrive(change: ItemChange, id: string, at: number): void {
    const place = hash(id, 1);
    const shard = this.#openShards.find(({ place: { hashes } }) => hashes.low <= place && place < hashes.high);
    const record = streamRecord(change, this.schema.keyNames, this.identity.viewType);
    shard?.add(record, this.behaviour.sequenceStep(), at);
  }

  #replace(shard: Shard, children: 1 | 2, at: number): void {
    shard.close(this.behaviour.sequenceStep(), at);
    this.#openShards = this.#openShards.filter((each) => each !== shard);
    const { low, high } = shard.place.hashes;
    const middle = Math.floor((low + high) / 2);
    if (children === 1) this.#open({ low, high }, shard, at);
    else {
      this.#open({ low, high: middle }, shard, at);
      this.#open({ low: middle, high }, shard, at);
    }
  }

  #open(hashes: HashRange, parent: Shard | undefined, at: number): void {
    const number = ++this.#shardsMade;
    const suffix = hash(`${this.identity.arn}/${number}`, 0).toString(16).padStart(8, '0');
    const step = BigInt(this.behaviour.sequenceStep());
    const shard = new Shard({
      id: `shardId-${String(number).padStart(20, '0')}-${suffix}`,
      parentId: parent?.place.id,
      hashes,
      firstSequence: (parent?.lastSequence ?? FIRST_SEQUENCE) + step,
    });
    this.#shards.push(shard);
    this.#openShards = [...this.#openShards, shard];
    const endsAt = at + this.behaviour.shardLifetimeMs();
    if (endsAt === Infinity) return;
    this.#due.push(endsAt, () => {
      this.#end(shard, endsAt);
    });
  }

  #end(shard: Shard, at: number): void {
    if (!shard.isOpen || !this.#isEnabled) return;
    this.#replace(shard, this.behaviour.splitsShard(this.#openShards.length) ? 2 : 1, at);
  }
}
