import { randomBytes, randomInt } from 'node:crypto';
import { SubjectKeysMissingError } from '../errors/personal-data-errors.js';
import { updateRecord, type ControlStore } from '../feed/control-store.js';
import type { KeyProvider, WrappedKey } from '../store/key-provider.js';
import type { SealingKey, SubjectKey } from '../store/subject-keys.js';
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

export interface SubjectKeyRecordsParts {
  readonly control: ControlStore;
  readonly keys: KeyProvider;
  /** Name of the control table, for error messages. */
  readonly tableName: () => string;
}

const KEY_BYTES = 32;
const REF_BYTES = 12;
const MAX_REVISION = 2 ** 48 - 1;
const THE_ONE = 'count';

/** The keys of data subjects as they are on record, wrapped; a subject is known by the digest of its id. */
export class SubjectKeyRecords {
  /** @param known Keys that were read already, by their ids. */
  constructor(
    private readonly parts: SubjectKeyRecordsParts,
    private readonly known: (id: string) => SubjectKey | undefined,
  ) {}

  /** The newest key of a subject; made when there is none. */
  async newest(subject: string): Promise<SealingKey> {
    const { control } = this.parts;
    const record = await control.get<SubjectRecord>(SUBJECTS, subject);
    const key = record && (await this.keyIn(record.value.ref));
    if (key !== undefined) return key;
    if (record !== undefined) {
      // Somebody has begun to forget the subject, and not come to the end: that key is gone, and another takes its place.
      // Counted first: whoever sees the new key can learn that the old one is gone.
      await this.countErasure();
      await control.delete(SUBJECTS, subject, record.revision);
    }
    return this.make(subject);
  }

  /** The newest key of a subject, if it has one. */
  async existing(subject: string): Promise<SealingKey | undefined> {
    const record = await this.parts.control.get<SubjectRecord>(SUBJECTS, subject);
    return record && this.keyIn(record.value.ref);
  }

  async isKnown(subject: string): Promise<boolean> {
    return (await this.parts.control.get(SUBJECTS, subject)) !== undefined;
  }

  /** `undefined` when the subject is forgotten. */
  async read(id: string): Promise<SubjectKey | undefined> {
    const { control, keys: provider, tableName } = this.parts;
    const { ref, number } = parseKeyId(id);
    const record = await control.get<KeyRecord>(KEYS, ref);
    if (record?.value.forgottenAt !== undefined) return undefined;
    const wrapped = record?.value.keys[number - 1];
    if (wrapped === undefined) throw new SubjectKeysMissingError([id], { table: tableName() });
    return { id, secret: await provider.unwrap(wrapped, contextOf(ref)) };
  }

  /** Deletes the keys of a subject, and tells every process. @returns Whether there were any. */
  async forget(subject: string): Promise<boolean> {
    const { control } = this.parts;
    const record = await control.get<SubjectRecord>(SUBJECTS, subject);
    if (record === undefined) {
      // An earlier call may have ended before the others were told.
      await this.countErasure();
      return false;
    }
    const forgottenAt = new Date().toISOString();
    await updateRecord<KeyRecord>(control, KEYS, record.value.ref, (current) =>
      current?.forgottenAt === undefined ? { keys: [], forgottenAt } : undefined,
    );
    // Before the subject can get another key; see `newest`.
    await this.countErasure();
    await control.delete(SUBJECTS, subject, record.revision);
    return true;
  }

  /** Adds a key to those that `id` is one of. */
  async renew(id: string): Promise<void> {
    const { ref } = parseKeyId(id);
    const wrapped = await this.wrap(ref, randomBytes(KEY_BYTES));
    await updateRecord<KeyRecord>(this.parts.control, KEYS, ref, (record) =>
      record === undefined || record.forgottenAt !== undefined
        ? undefined
        : { ...record, keys: [...record.keys, wrapped] },
    );
  }

  /** How often somebody was forgotten. */
  async erasures(): Promise<number> {
    const record = await this.parts.control.get<ErasureRecord>(ERASURES, THE_ONE);
    return record?.value.count ?? 0;
  }

  /** Tells every process that keys have changed. */
  async countErasure(): Promise<void> {
    await updateRecord<ErasureRecord>(this.parts.control, ERASURES, THE_ONE, (current) => ({
      count: (current?.count ?? 0) + 1,
    }));
  }

  /** Ids of all key records, and whether some of their keys are not under the current master key. */
  async wrappings(): Promise<{ readonly ref: string; readonly isOld: boolean }[]> {
    // Only the provider knows what its current key is called; and one that cannot be used fails before anything is changed.
    const { masterKey: current } = await this.wrap('none', randomBytes(KEY_BYTES));
    const records = await this.parts.control.list<KeyRecord>(KEYS);
    return records.map(({ id: ref, value }) => ({
      ref,
      isOld: value.keys.some(({ masterKey }) => masterKey !== current),
    }));
  }

  /** Wraps the keys of a record anew. */
  async rewrap(ref: string): Promise<void> {
    const { control, keys: provider } = this.parts;
    for (;;) {
      const record = await control.get<KeyRecord>(KEYS, ref);
      if (record === undefined || record.value.forgottenAt !== undefined) return;
      const secrets = await Promise.all(record.value.keys.map((key) => provider.unwrap(key, contextOf(ref))));
      const keys = await Promise.all(secrets.map((secret) => this.wrap(ref, secret)));
      if (await control.put<KeyRecord>(KEYS, ref, { ...record.value, keys }, record.revision)) return;
    }
  }

  /** The newest key of a key record; `undefined` when its subject is forgotten. */
  private async keyIn(ref: string): Promise<SealingKey | undefined> {
    const keys = await this.parts.control.get<KeyRecord>(KEYS, ref);
    if (keys?.value.forgottenAt !== undefined) return undefined;
    const first = await this.readOnce(keyId(ref, 1));
    const newest = keys?.value.keys.length ?? 1;
    const key = newest === 1 ? first : await this.readOnce(keyId(ref, newest));
    return first && key && { ...key, first };
  }

  private async make(subject: string): Promise<SealingKey> {
    const { control } = this.parts;
    const ref = randomBytes(REF_BYTES).toString('base64url');
    const secret = randomBytes(KEY_BYTES);
    const record: KeyRecord = { keys: [await this.wrap(ref, secret)] };
    await control.put(KEYS, ref, record, 0);
    const first = { id: keyId(ref, 1), secret };
    const key = { ...first, first };
    // A revision of its own, so that whoever deletes the record of a former key does not delete this one.
    if (await control.put<SubjectRecord>(SUBJECTS, subject, { ref }, 0, randomInt(1, MAX_REVISION))) return key;
    const stored = await control.get<SubjectRecord>(SUBJECTS, subject);
    // Stored after all, by a first try whose answer was lost.
    if (stored?.value.ref === ref) return key;
    // Another process was faster.
    await control.delete(KEYS, ref, 1);
    return this.newest(subject);
  }

  private async readOnce(id: string): Promise<SubjectKey | undefined> {
    return this.known(id) ?? this.read(id);
  }

  private wrap(ref: string, secret: Uint8Array): Promise<WrappedKey> {
    return this.parts.keys.wrap(secret, contextOf(ref));
  }
}

function contextOf(ref: string): Readonly<Record<string, string>> {
  return { purpose: 'nestjs-dynamo-event-store data subject', ref };
}
