import { EventSerializationError } from '../errors/event-errors.js';
import type { EncodedEvent } from '../event/event-codec.js';
import { formatPath, restoreField, type JsonPath, type PersonalField } from '../event/personal-fields.js';
import type { JsonValue } from '../event/json-value.js';
import type { StreamId } from '../event/stream-id.js';
import { encodeBody, type BodyEntry, type CommitBody } from './commit-body.js';
import { indexesOf, prepareCommit, typesOf, type CommitDetails, type PreparedCommit } from './commit.js';
import { seal, tokenOf, unseal, type Sealed, type SealPlace } from './seal.js';
import type { SealingKey, SubjectKey, SubjectKeys } from './subject-keys.js';

/** Personal data of one subject in one event, before it is sealed. */
interface SealablePart {
  readonly key: SealingKey;
  /** JSON of `[path, value]` pairs. */
  readonly text: string;
}

/** Prepares a commit; where events hold personal data, for sealing at the version that they will have. */
export async function prepareSealed(
  stream: StreamId,
  events: readonly EncodedEvent[],
  details: CommitDetails,
  keys: SubjectKeys | undefined,
): Promise<PreparedCommit> {
  const prepared = prepareCommit(stream, events, details);
  if (events.every(({ personal }) => personal === undefined)) return prepared;
  const parts = await Promise.all(events.map((event) => partsOf(event, prepared.stream, keys)));
  const indexOf = indexesOf(typesOf(events));
  const bodyWith = (sealOf: (part: SealablePart, index: number) => Sealed): CommitBody =>
    encodeBody(
      events.map(({ label, payload }, index) => {
        const entry = { typeIndex: indexOf(label), payload };
        const sealed = parts[index]?.map((part) => sealOf(part, index)) ?? [];
        return sealed.length === 0 ? entry : { ...entry, sealed };
      }),
    );
  return {
    ...prepared,
    keys: [...new Set(parts.flat().map(({ key }) => key.id))],
    // Comparable wherever the commit goes, and of no use to whoever wants to guess what was in it.
    body: bodyWith(({ key, text }) => tokenOf(key.first, prepared.stream, text)),
    bodyAt: (version) =>
      bodyWith(({ key, text }, index) => seal(key, { stream: prepared.stream, version: version + index }, text)),
  };
}

async function partsOf(
  { type, personal = [] }: EncodedEvent,
  { id, tenant }: StreamId,
  keys: SubjectKeys | undefined,
): Promise<SealablePart[]> {
  const [first] = personal;
  if (first === undefined) return [];
  if (keys === undefined)
    throw new EventSerializationError(
      type,
      formatPath(first.path),
      'personal data is stored encrypted only: give the store keys with the `personalData` option.',
    );
  const bySubject = new Map<string, PersonalField[]>();
  for (const field of personal) {
    const subject = field.subject ?? id;
    bySubject.set(subject, [...(bySubject.get(subject) ?? []), field]);
  }
  return Promise.all(
    [...bySubject].map(async ([subject, fields]) => ({
      key: await keys.keyOf(subject, tenant),
      text: JSON.stringify(fields.map(({ path, value }) => [path, value])),
    })),
  );
}

/** Ids of the keys that the entries of a commit are sealed with. */
export function keyIdsOf(entries: readonly BodyEntry<unknown>[]): string[] {
  if (entries.every(({ sealed }) => sealed === undefined)) return [];
  return [...new Set(entries.flatMap(({ sealed = [] }) => sealed.map(([key]) => key)))];
}

/** A payload with the personal data that can still be read. */
export interface UnsealedPayload {
  readonly payload: JsonValue;
  /** Whether some of it is readable, and whether some is not. */
  readonly confidential: boolean;
  readonly erased: boolean;
  readonly tagged: boolean;
}

/** Throws when something sealed was changed or moved. */
export function unsealPayload(
  payload: JsonValue,
  sealed: readonly Sealed[],
  place: SealPlace,
  keys: ReadonlyMap<string, SubjectKey>,
): UnsealedPayload {
  const open = sealed.flatMap(([id, text]) => {
    const key = keys.get(id);
    return key === undefined ? [] : [unseal(key, place, text)];
  });
  for (const text of open)
    for (const [path, value] of JSON.parse(text) as [JsonPath, JsonValue][]) restoreField(payload, path, value);
  const tagged = open.some((text) => text.includes('{"$'));
  return { payload, confidential: open.length > 0, erased: open.length < sealed.length, tagged };
}
