import { createHash, randomBytes, randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { SubjectKeysMissingError } from '../errors/personal-data-errors.js';
import { updateRecord, type ControlStore } from '../feed/control-store.js';
import type { SealingKey, SubjectKey } from '../store/subject-keys.js';
import type { PersonalDataSettings } from '../store/key-provider.js';
import { SharedLookups } from './shared-lookups.js';
import {
  ERASURES,
  keyId,
  KEYS,
  parseKeyId,
  SUBJECTS,
  type ErasureRecord,
  type KeyRecord,
  type SubjectRecord,
} from './subject-records.js';

export interface DataSubjectsParts extends Omit<PersonalDataSettings, 'controlTable'> {
  readonly control: ControlStore;
  /** Name of the control table, for error messages. */
  readonly tableName: () => string;
}

export interface SubjectScope {
  /** Tenant whose data subject it is; equal ids of two tenants are two persons. */
  readonly tenant?: string | undefined;
}

export interface RewrapOptions {
  /** Called after each data subject. */
  readonly onProgress?: (progress: RewrapResult) => void;
  /** Stops between two of them. */
  readonly signal?: AbortSignal;
}

export interface RewrapResult {
  /** Data subjects looked at. */
  readonly checked: number;
  /** Those whose keys are under the current master key only now. */
  readonly rewrapped: number;
}

const KEY_BYTES = 32;
const REF_BYTES = 12;
const MAX_REVISION = 2 ** 48 - 1;
const THE_ONE = 'count';
const DEFAULT_FORGET_WITHIN_MS = 1_000;

/**
 * The people whom personal data is about, and their keys. Forgetting somebody deletes the keys: what is encrypted with
 * them can never be read again, wherever copies of it are.
 */
export class DataSubjects {
  private readonly forgetWithinMs: number;
  private readonly byId: LRUCache<string, SubjectKey>;
  private readonly bySubject: LRUCache<string, SealingKey>;
  private readonly keyLookups = new SharedLookups<SubjectKey | undefined>();
  private readonly subjectLookups = new SharedLookups<SealingKey>();
  private seen: { readonly count: number; readonly at: number } | undefined;
  private looking: { readonly answer: Promise<number>; readonly at: number } | undefined;

  /** @throws InvalidArgumentError `forgetWithinMs` is not a number from 0. */
  constructor(private readonly options: DataSubjectsParts) {
    const { forgetWithinMs = DEFAULT_FORGET_WITHIN_MS, cachedKeys: max = 10_000 } = options;
    if (!(forgetWithinMs >= 0 && forgetWithinMs < Infinity))
      throw new InvalidArgumentError('forgetWithinMs', 'must be a number of milliseconds from 0.');
    this.forgetWithinMs = forgetWithinMs;
    this.byId = new LRUCache({ max });
    this.bySubject = new LRUCache({ max });
  }

  /**
   * Deletes the keys of a data subject. Once this has resolved, every load and read that begins in any process shows the
   * fallbacks. States that somebody holds already, and read models, are not changed: rebuild the projections that hold
   * personal data. May be repeated after a failure.
   * @returns Whether there was a key: `false` when no personal data of the subject was ever stored, or it is forgotten.
   */
  async forget(subject: string, { tenant }: SubjectScope = {}): Promise<boolean> {
    const { control } = this.options;
    const id = digestOf(checkSubject(subject), tenant);
    const record = await control.get<SubjectRecord>(SUBJECTS, id);
    if (record !== undefined) {
      const forgottenAt = new Date().toISOString();
      await updateRecord<KeyRecord>(control, KEYS, record.value.ref, (current) =>
        current?.forgottenAt === undefined ? { keys: [], forgottenAt } : undefined,
      );
      await control.delete(SUBJECTS, id, record.revision);
    }
    // Even without a record: an earlier call may have ended before the others were told.
    await updateRecord<ErasureRecord>(control, ERASURES, THE_ONE, (current) => ({ count: (current?.count ?? 0) + 1 }));
    this.seen = undefined;
    // Timers may be a fraction of a millisecond early.
    await delay(this.forgetWithinMs + 1);
    return record !== undefined;
  }

  /** Whether personal data of a data subject is stored that can be read. */
  async isKnown(subject: string, { tenant }: SubjectScope = {}): Promise<boolean> {
    const id = digestOf(checkSubject(subject), tenant);
    return (await this.options.control.get(SUBJECTS, id)) !== undefined;
  }

  /**
   * Gives a data subject a new key for what is stored from now on, at the latest after `forgetWithinMs`. What is stored
   * already stays readable with the older ones, which are deleted together with it.
   */
  async renewKey(subject: string, { tenant }: SubjectScope = {}): Promise<void> {
    const { control } = this.options;
    const current = await this.keyOf(subject, tenant);
    const { ref } = parseKeyId(current.id);
    const wrapped = await this.wrap(ref, randomBytes(KEY_BYTES));
    await updateRecord<KeyRecord>(control, KEYS, ref, (record) =>
      record === undefined || record.forgottenAt !== undefined
        ? undefined
        : { ...record, keys: [...record.keys, wrapped] },
    );
    await updateRecord<ErasureRecord>(control, ERASURES, THE_ONE, (record) => ({ count: (record?.count ?? 0) + 1 }));
    this.seen = undefined;
  }

  /**
   * Wraps all keys with the current master key of the provider: after a rotation, so that the former one can go. Events
   * are not touched.
   */
  async rewrap({ onProgress, signal }: RewrapOptions = {}): Promise<RewrapResult> {
    const { control } = this.options;
    // Only the provider knows what its current key is called; and one that cannot be used fails before anything is changed.
    const { masterKey: current } = await this.wrap('none', randomBytes(KEY_BYTES));
    let result: RewrapResult = { checked: 0, rewrapped: 0 };
    for (const { id: ref, value } of await control.list<KeyRecord>(KEYS)) {
      signal?.throwIfAborted();
      const isOld = value.keys.some(({ masterKey }) => masterKey !== current);
      if (isOld) await this.rewrapRecord(ref);
      result = { checked: result.checked + 1, rewrapped: result.rewrapped + (isOld ? 1 : 0) };
      onProgress?.(result);
    }
    return result;
  }

  /** @internal */
  async erasures(): Promise<number> {
    if (this.isFresh(this.seen)) return this.seen.count;
    // A question that was asked too long ago may bring an answer from before somebody was forgotten.
    if (!this.isFresh(this.looking)) this.looking = { at: performance.now(), answer: this.look() };
    return this.looking.answer;
  }

  /** @internal */
  async keyOf(subject: string, tenant: string | undefined): Promise<SealingKey> {
    const count = await this.erasures();
    const id = digestOf(checkSubject(subject), tenant);
    const cached = this.bySubject.get(id);
    if (cached !== undefined) return cached;
    const key = await this.subjectLookups.get(id, async () => (await this.storedKeyOf(id)) ?? this.makeKey(id));
    if (this.seen?.count === count) {
      this.bySubject.set(id, key);
      this.byId.set(key.id, key);
    }
    return key;
  }

  /** @internal */
  async find(ids: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>> {
    const count = await this.erasures();
    const found = new Map<string, SubjectKey>();
    const missing: string[] = [];
    for (const id of ids) {
      const cached = this.byId.get(id);
      if (cached === undefined) missing.push(id);
      else found.set(id, cached);
    }
    const keys = await Promise.all(missing.map((id) => this.keyLookups.get(id, () => this.read(id))));
    for (const key of keys)
      if (key !== undefined) {
        found.set(key.id, key);
        if (this.seen?.count === count) this.byId.set(key.id, key);
      }
    return found;
  }

  private isFresh<T extends { readonly at: number }>(asked: T | undefined): asked is T {
    return asked !== undefined && performance.now() - asked.at < this.forgetWithinMs;
  }

  private async look(): Promise<number> {
    // From before the request: what was true then is what the answer tells at least.
    const at = performance.now();
    const record = await this.options.control.get<ErasureRecord>(ERASURES, THE_ONE);
    const count = record?.value.count ?? 0;
    if (this.seen?.count !== count) {
      this.byId.clear();
      this.bySubject.clear();
      this.keyLookups.leaveBehind();
      this.subjectLookups.leaveBehind();
    }
    if (this.seen === undefined || this.seen.at <= at) this.seen = { count, at };
    return count;
  }

  private async storedKeyOf(id: string): Promise<SealingKey | undefined> {
    const { control } = this.options;
    const record = await control.get<SubjectRecord>(SUBJECTS, id);
    if (record === undefined) return undefined;
    const { ref } = record.value;
    const keys = await control.get<KeyRecord>(KEYS, ref);
    if (keys?.value.forgottenAt === undefined) {
      const first = this.byId.get(keyId(ref, 1)) ?? (await this.read(keyId(ref, 1)));
      const newest = keys?.value.keys.length ?? 1;
      const newestId = keyId(ref, newest);
      const key = newest === 1 ? first : (this.byId.get(newestId) ?? (await this.read(newestId)));
      return first && key && { ...key, first };
    }
    // Somebody has begun to forget the subject, and not come to the end: that key is gone, and another takes its place.
    await control.delete(SUBJECTS, id, record.revision);
    return undefined;
  }

  private async makeKey(id: string): Promise<SealingKey> {
    const { control } = this.options;
    const ref = randomBytes(REF_BYTES).toString('base64url');
    const secret = randomBytes(KEY_BYTES);
    const record: KeyRecord = { keys: [await this.wrap(ref, secret)] };
    await control.put(KEYS, ref, record, 0);
    const first = { id: keyId(ref, 1), secret };
    const key = { ...first, first };
    // A revision of its own, so that whoever deletes the record of a former key does not delete this one.
    if (await control.put<SubjectRecord>(SUBJECTS, id, { ref }, 0, randomInt(1, MAX_REVISION))) return key;
    const stored = await control.get<SubjectRecord>(SUBJECTS, id);
    // Stored after all, by a first try whose answer was lost.
    if (stored?.value.ref === ref) return key;
    // Another process was faster.
    await control.delete(KEYS, ref, 1);
    return (await this.storedKeyOf(id)) ?? this.makeKey(id);
  }

  /** `undefined` when the subject is forgotten. */
  private async read(id: string): Promise<SubjectKey | undefined> {
    const { control, keys: provider, tableName } = this.options;
    const { ref, number } = parseKeyId(id);
    const record = await control.get<KeyRecord>(KEYS, ref);
    if (record?.value.forgottenAt !== undefined) return undefined;
    const wrapped = record?.value.keys[number - 1];
    if (wrapped === undefined) throw new SubjectKeysMissingError([id], { table: tableName() });
    return { id, secret: await provider.unwrap(wrapped, contextOf(ref)) };
  }

  private async rewrapRecord(ref: string): Promise<void> {
    const { control, keys: provider } = this.options;
    for (;;) {
      const record = await control.get<KeyRecord>(KEYS, ref);
      if (record === undefined || record.value.forgottenAt !== undefined) return;
      const secrets = await Promise.all(record.value.keys.map((key) => provider.unwrap(key, contextOf(ref))));
      const keys = await Promise.all(secrets.map((secret) => this.wrap(ref, secret)));
      if (await control.put<KeyRecord>(KEYS, ref, { ...record.value, keys }, record.revision)) return;
    }
  }

  private wrap(ref: string, secret: Uint8Array) {
    return this.options.keys.wrap(secret, contextOf(ref));
  }
}

function contextOf(ref: string): Readonly<Record<string, string>> {
  return { purpose: 'nestjs-dynamo-event-store data subject', ref };
}

/** What the control table knows a subject by. */
function digestOf(subject: string, tenant: string | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify([tenant ?? null, subject]))
    .digest('base64url');
}

function checkSubject(subject: unknown): string {
  if (typeof subject === 'string' && subject !== '' && subject.isWellFormed()) return subject;
  throw new InvalidArgumentError('subject', 'must be well-formed text that is not empty.');
}
