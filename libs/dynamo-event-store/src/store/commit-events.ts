import { isEventError } from '../errors/event-errors.js';
import { isEventStoreError } from '../errors/event-store-error.js';
import { SubjectKeysMissingError } from '../errors/personal-data-errors.js';
import { StreamCorruptedError } from '../errors/store-errors.js';
import type { DecodedEvent, Decoding, EventCodec, StoredEvent } from '../event/event-codec.js';
import { recordedMetadataOf } from '../event/event-metadata.js';
import type { JsonValue } from '../event/json-value.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import { decodeBody, type BodyEntry } from './commit-body.js';
import { keyIdsOf, unsealPayload } from './commit-sealing.js';
import type { Commit } from './commit.js';
import type { SubjectKey, SubjectKeys } from './subject-keys.js';

/** Which types of events are wanted, by their current names; the others need not be known. */
export type EventSelection = (type: string) => boolean;

export interface SelectionOptions {
  /** Default: every event. */
  readonly wants?: EventSelection | undefined;
  /** Version to begin with; what comes before need not be readable. Default: the first of the commit. */
  readonly from?: number | undefined;
}

/** Opens stored commits: parses their bodies, and gets the keys that are needed to read them. */
export class CommitOpener {
  constructor(
    readonly codec: EventCodec,
    readonly keys?: SubjectKeys,
  ) {}

  /**
   * Throws `StreamCorruptedError` when its content does not fit its description. A commit that holds personal data, as
   * nearly none does, is opened by calling what is returned: that asks for the keys.
   */
  prepare(commit: Commit): OpenCommit | (() => Promise<OpenCommit>) {
    const { entries, mayHoldTags } = openBody(commit);
    const ids = keyIdsOf(entries);
    if (ids.length === 0) return new OpenCommit(commit, this.codec, { entries, mayHoldTags, keys: NO_KEYS });
    return async () => {
      const keys = await this.find(commit, ids);
      return new OpenCommit(commit, this.codec, { entries, mayHoldTags, keys });
    };
  }

  /** Like `prepare`, and asks for the keys at once. */
  async open(commit: Commit): Promise<OpenCommit> {
    const prepared = this.prepare(commit);
    return typeof prepared === 'function' ? prepared() : prepared;
  }

  /** An event of a selection, decoded once more; see `SelectedEvents.again`. */
  async again(event: RecordedEvent, wants: EventSelection): Promise<RecordedEvent> {
    const commit = origins.get(event);
    if (commit !== undefined)
      for (const found of (await this.open(commit)).events({ wants, from: event.version }))
        if (found.eventId === event.eventId) return found;
    throw new RangeError(`Event ${event.eventId} does not come from a commit of this store.`);
  }

  private async find({ stream, version }: Commit, ids: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>> {
    if (this.keys === undefined) throw new SubjectKeysMissingError(ids, { stream, version });
    return this.keys.find(ids);
  }
}

/** Commits of the events that were read for a selection of types, whose readers may need them once more. */
const origins = new WeakMap<RecordedEvent, Commit>();

const NO_KEYS: ReadonlyMap<string, SubjectKey> = new Map();

interface CommitContent extends ReturnType<typeof decodeBody> {
  readonly keys: ReadonlyMap<string, SubjectKey>;
}

/** A commit whose events can be read one by one, so that what comes before and after an unreadable one can be used. */
export class OpenCommit {
  private isUsed = false;

  constructor(
    private readonly commit: Commit,
    private readonly codec: EventCodec,
    private content: CommitContent,
  ) {}

  /** Keys that personal data in the events was read with. */
  get keyIds(): Iterable<string> {
    return this.content.keys.keys();
  }

  /**
   * Events that an upcaster merges have the version of the last one; those that it makes of one all have that one's.
   * Throws what is wrong with an event when it is reached.
   */
  *events({ wants, from = 0 }: SelectionOptions = {}): Generator<RecordedEvent, void, undefined> {
    // Payloads become part of the events.
    if (this.isUsed) this.content = { ...this.content, ...openBody(this.commit) };
    this.isUsed = true;
    const { version: first, count, commitId } = this.commit;
    const { stream, recordedAt, metadata } = envelopeOf(this.commit);
    for (let index = 0; index < count;) {
      const isBefore = first + index < from;
      if ((isBefore || wants !== undefined) && this.isPassedOver(index, isBefore, wants)) {
        index += 1;
        continue;
      }
      const plain = isBefore ? undefined : this.plain(index);
      const { events, merged } = plain === undefined ? this.decode(index, isBefore) : { events: [plain], merged: 0 };
      const last = index + merged;
      const version = first + last;
      if (version >= from)
        for (const [part, { type, schemaVersion, event }] of events.entries()) {
          if (wants?.(type) === false) continue;
          const eventId = part === 0 ? `${commitId}.${last}` : `${commitId}.${last}.${part}`;
          const recorded = { stream, version, eventId, commitId, type, schemaVersion, recordedAt, metadata, event };
          const found = part === 0 ? recorded : { ...recorded, part };
          if (wants !== undefined) origins.set(found, this.commit);
          yield found;
        }
      index = last + 1;
    }
  }

  /** Before the wanted range only what may reach into it by a merge matters. */
  private isPassedOver(index: number, isBefore: boolean, wants: EventSelection | undefined): boolean {
    return this.guard(index, () => {
      const label = this.labelOf(index);
      return (isBefore && !this.codec.mayMerge(label)) || (wants !== undefined && !this.codec.mayBecome(label, wants));
    });
  }

  /** The event, where nothing but its type and its payload is needed; it takes the payload, which nobody else may use then. */
  private plain(index: number): DecodedEvent | undefined {
    const entry = this.entryAt(index);
    if (entry.sealed !== undefined) return undefined;
    try {
      return this.codec.decodePlain(this.labelOf(index), entry.payload, this.content.mayHoldTags);
    } catch {
      // The long way says what is wrong.
      return undefined;
    }
  }

  /** @param lenient Whether what cannot be read is passed over. */
  private decode(index: number, lenient: boolean): Decoding {
    try {
      return this.guard(index, () =>
        this.codec.decode(this.stored(index), (offset) => {
          const next = index + 1 + offset;
          return next < this.commit.count ? this.stored(next, true) : undefined;
        }),
      );
    } catch (error) {
      if (lenient && isEventStoreError(error)) return { events: [], merged: 0 };
      throw error;
    }
  }

  /** @param isLookedAt Whether it is read again later, so that upcasters which change their payload get one of their own. */
  private stored(index: number, isLookedAt = false): StoredEvent {
    const { payload: kept, sealed } = this.entryAt(index);
    const payload = isLookedAt ? structuredClone(kept) : kept;
    const { keys, mayHoldTags } = this.content;
    const label = this.labelOf(index);
    if (sealed === undefined) return this.codec.open(label, payload, mayHoldTags);
    const place = { stream: this.commit.stream, version: this.commit.version + index };
    // A copy: the entry is read again where a merge looks at it and then does not apply.
    const unsealed = unsealPayload(structuredClone(payload as JsonValue), sealed, place, keys);
    const { confidential, erased, tagged } = unsealed;
    return { ...this.codec.open(label, unsealed.payload, mayHoldTags || tagged), confidential, erased };
  }

  private labelOf(index: number): string {
    const { typeIndex } = this.entryAt(index);
    const label = this.commit.types[typeIndex];
    if (label !== undefined) return label;
    throw new StreamCorruptedError(
      this.commit.stream,
      this.commit.version + index,
      `the event has no type ${typeIndex}`,
    );
  }

  private entryAt(index: number): BodyEntry<JsonValue | Uint8Array> {
    const entry = this.content.entries[index];
    if (entry === undefined) throw new RangeError(`The commit has no event ${index}.`);
    return entry;
  }

  /** What is known of an event that cannot be used passes through; text that no codec of ours wrote is damage. */
  private guard<T>(index: number, run: () => T): T {
    const { stream, version: first } = this.commit;
    try {
      return run();
    } catch (cause) {
      if (isEventError(cause)) throw cause.at(stream, first + index);
      if (isEventStoreError(cause)) throw cause;
      throw new StreamCorruptedError(stream, first + index, 'the event cannot be read', cause);
    }
  }
}

function openBody(commit: Commit): ReturnType<typeof decodeBody> {
  let opened: ReturnType<typeof decodeBody>;
  try {
    opened = decodeBody(commit.body);
  } catch (cause) {
    throw new StreamCorruptedError(commit.stream, commit.version, 'the events of the commit cannot be read', cause);
  }
  if (opened.entries.length !== commit.count) {
    throw new StreamCorruptedError(
      commit.stream,
      commit.version,
      `the commit says ${commit.count} events, but holds ${opened.entries.length}`,
    );
  }
  return opened;
}

/** What all events of a commit share. */
function envelopeOf({ stream, commitId, recordedAt, metadata }: Commit) {
  const filled = recordedMetadataOf(metadata, commitId, stream);
  return { stream, commitId, recordedAt: new Date(recordedAt), metadata: filled };
}
