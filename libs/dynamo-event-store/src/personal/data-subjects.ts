import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import type { ErasureWatch, SealingKey, SubjectKey } from '../store/subject-keys.js';
import type { PersonalDataSettings } from '../store/key-provider.js';
import type { TenantCall } from '../store/tenancy-options.js';
import { TenantRule } from '../store/tenant-rule.js';
import { SharedLookups } from './shared-lookups.js';
import { SubjectKeyRecords, type SubjectKeyRecordsParts } from './subject-key-records.js';

export type DataSubjectsParts = Omit<PersonalDataSettings, 'controlTable'> &
  SubjectKeyRecordsParts & {
    /** Whose calls are. Default: tenancy is off. */
    readonly tenants?: TenantRule;
  };

export interface SubjectScope extends TenantCall {
  /**
   * Tenant whose data subject it is; equal ids of two tenants are two persons. Default: what `tenancy.tenant` says, if tenancy
   * is on; else none.
   */
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

/** A key of a data subject, and when it had been looked up. */
interface SubjectLookup {
  readonly key: SealingKey;
  readonly at: number;
}

const DEFAULT_FORGET_WITHIN_MS = 1_000;

/**
 * The people whom personal data is about, and their keys. Forgetting somebody deletes the keys: what is encrypted with
 * them can never be read again, wherever copies of it are.
 */
export class DataSubjects {
  private readonly records: SubjectKeyRecords;
  private readonly tenants: TenantRule;
  private readonly forgetWithinMs: number;
  private readonly byId: LRUCache<string, SubjectKey>;
  private readonly bySubject: LRUCache<string, SubjectLookup>;
  private readonly keyLookups = new SharedLookups<SubjectKey | undefined>();
  private readonly subjectLookups = new SharedLookups<SealingKey>();
  private readonly existingLookups = new SharedLookups<SealingKey | undefined>();
  private seen: { readonly count: number; readonly at: number } | undefined;
  private looking: { readonly answer: Promise<number>; readonly at: number } | undefined;
  /** The first and the highest count that this process has seen. */
  private counts: { readonly first: number; readonly last: number } | undefined;
  /** How often keys were given out to read with. */
  private opened = 0;

  /** @throws InvalidArgumentError `forgetWithinMs` is not a number from 0. */
  constructor(parts: DataSubjectsParts) {
    const { forgetWithinMs = DEFAULT_FORGET_WITHIN_MS, cachedKeys: max = 10_000 } = parts;
    if (!(forgetWithinMs >= 0 && forgetWithinMs < Infinity))
      throw new InvalidArgumentError('forgetWithinMs', 'must be a number of milliseconds from 0.');
    this.forgetWithinMs = forgetWithinMs;
    this.tenants = parts.tenants ?? new TenantRule(false);
    this.byId = new LRUCache({ max });
    this.bySubject = new LRUCache({ max });
    this.records = new SubjectKeyRecords(parts, (id) => this.byId.get(id));
  }

  /**
   * Deletes the keys of a data subject. Once this has resolved, every load and read that begins in any process shows the
   * fallbacks, and so do the fields that views name as personal. What somebody holds in memory, and other fields of read
   * models, are not changed. May be repeated after a failure.
   * @returns Whether there was a key: `false` when no personal data of the subject was ever stored, or it is forgotten.
   * @throws TenantRequiredError Tenancy is on, and nothing says whose data subject it is.
   */
  async forget(subject: string | number, scope: SubjectScope = {}): Promise<boolean> {
    const tenant = this.tenantOf('forget', scope);
    const wasKnown = await this.records.forget(digestOf(checkSubject(subject), tenant));
    this.seen = undefined;
    // Timers may be a fraction of a millisecond early.
    await delay(this.forgetWithinMs + 1);
    return wasKnown;
  }

  /**
   * Whether personal data of a data subject is stored that can be read.
   * @throws TenantRequiredError Tenancy is on, and nothing says whose data subject it is.
   */
  async isKnown(subject: string | number, scope: SubjectScope = {}): Promise<boolean> {
    const tenant = this.tenantOf('isKnown', scope);
    return this.records.isKnown(digestOf(checkSubject(subject), tenant));
  }

  /**
   * Gives a data subject a new key for what is stored from now on, at the latest after `forgetWithinMs`. What is stored
   * already stays readable with the older ones, which are deleted together with it. A data subject without a key, such as one
   * that is forgotten, gets none.
   * @throws TenantRequiredError Tenancy is on, and nothing says whose data subject it is.
   */
  async renewKey(subject: string | number, scope: SubjectScope = {}): Promise<void> {
    const tenant = this.tenantOf('renewKey', scope);
    const key = await this.existingKeyOf(checkSubject(subject), tenant);
    if (key === undefined) return;
    await this.records.renew(key.id);
    await this.records.countErasure();
    this.seen = undefined;
  }

  /**
   * Wraps all keys with the current master key of the provider: after a rotation, so that the former one can go. Events
   * are not touched.
   */
  async rewrap({ onProgress, signal }: RewrapOptions = {}): Promise<RewrapResult> {
    let result: RewrapResult = { checked: 0, rewrapped: 0 };
    for (const { ref, isOld } of await this.records.wrappings()) {
      signal?.throwIfAborted();
      if (isOld) await this.records.rewrap(ref);
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
    if (cached !== undefined) return cached.key;
    const key = await this.subjectLookups.get(id, () => this.records.newest(id));
    this.keep(id, { key, at: performance.now() }, count);
    return key;
  }

  /** @internal */
  async existingKeyOf(subject: string, tenant: string | undefined): Promise<SealingKey | undefined> {
    const count = await this.erasures();
    const id = digestOf(checkSubject(subject), tenant);
    const cached = this.bySubject.get(id);
    const key = cached?.key ?? (await this.existingLookups.get(id, () => this.records.existing(id)));
    const at = cached?.at ?? performance.now();
    // A key can follow on one that was deleted. That is counted before it can be found, so this learns of it.
    if (this.seen === undefined || this.seen.at < at) await this.look();
    if (key !== undefined) this.keep(id, { key, at }, count);
    return key;
  }

  /** @internal */
  watch(): ErasureWatch {
    const { opened, counts } = this;
    const isConcerned = () => this.opened !== opened;
    const hasMoved = async () => {
      const count = await this.erasures();
      // Where nothing had been asked before, nothing had been read either.
      return count !== (counts?.last ?? this.counts?.first ?? count);
    };
    return {
      get isConcerned() {
        return isConcerned();
      },
      hasMoved,
    };
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
    const keys = await Promise.all(missing.map((id) => this.keyLookups.get(id, () => this.records.read(id))));
    for (const key of keys)
      if (key !== undefined) {
        found.set(key.id, key);
        if (this.seen?.count === count) this.byId.set(key.id, key);
      }
    if (found.size > 0) this.opened += 1;
    return found;
  }

  private tenantOf(operation: string, scope: SubjectScope): string | undefined {
    return this.tenants.resolve(operation, 'a data subject', scope);
  }

  private keep(id: string, lookup: SubjectLookup, count: number): void {
    if (this.seen?.count !== count) return;
    this.bySubject.set(id, lookup);
    this.byId.set(lookup.key.id, lookup.key);
  }

  private isFresh<T extends { readonly at: number }>(asked: T | undefined): asked is T {
    return asked !== undefined && performance.now() - asked.at < this.forgetWithinMs;
  }

  private async look(): Promise<number> {
    // From before the request: what was true then is what the answer tells at least.
    const at = performance.now();
    const count = await this.records.erasures();
    if (this.seen?.count !== count) {
      this.byId.clear();
      this.bySubject.clear();
      this.keyLookups.leaveBehind();
      this.subjectLookups.leaveBehind();
      this.existingLookups.leaveBehind();
    }
    const { first, last } = this.counts ?? { first: count, last: count };
    this.counts = { first, last: Math.max(last, count) };
    if (this.seen === undefined || this.seen.at <= at) this.seen = { count, at };
    return count;
  }
}

/** What the control table knows a subject by. */
function digestOf(subject: string, tenant: string | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify([tenant ?? null, subject]))
    .digest('base64url');
}

/** Marked fields may hold numbers, which stand for their text. */
function checkSubject(subject: unknown): string {
  if (typeof subject === 'number' || typeof subject === 'bigint') return String(subject);
  if (typeof subject === 'string' && subject !== '' && subject.isWellFormed()) return subject;
  throw new InvalidArgumentError('subject', 'must be well-formed text that is not empty.');
}
