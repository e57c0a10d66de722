import { withheld } from '../errors/event-errors.js';
import type { EncodedPayload, EventCodec } from '../event/event-codec.js';
import { decodeBody, encodeBody, type CommitBody } from './commit-body.js';
import { sealTogether, unsealTogether, type SealPlace } from './seal.js';
import type { Snapshot, StateType } from './snapshot.js';
import type { SubjectKeys } from './subject-keys.js';

/** Kinds of entries in the body of a snapshot. */
const STATE = 0;
const ABSENT = 1;
const SEALED = 2;
const DELETED = 3;
const FIELDS = 4;

/** What of a state no serializer tells. */
export interface StateShape {
  /** Fields that are `undefined`. */
  readonly absent: readonly string[];
  /** Fields that the class makes, but the state does not have. Default: none. */
  readonly deleted?: readonly string[] | undefined;
  /** Tells the fields of the class, as they were when the snapshot was taken; absent when that is not known. */
  readonly fields?: string | undefined;
}

/** State of an aggregate, for a snapshot or out of one. */
export interface KeptState extends StateShape {
  readonly state: object;
  /** Ids of the keys of data subjects whose data is in it. */
  readonly keys: ReadonlySet<string>;
}

/** Why a stored state cannot be used. */
export interface UselessState {
  readonly reason: string;
  readonly isExpected?: boolean;
  readonly cause?: unknown;
}

/** The stored form of a state that is encoded already: encrypted as a whole when it holds personal data. */
export async function encodeState(
  payload: EncodedPayload,
  { absent, deleted = [], fields, keys: ids }: StateShape & Pick<KeptState, 'keys'>,
  place: SealPlace,
  keys: SubjectKeys | undefined,
): Promise<CommitBody | undefined> {
  const body = encodeBody([
    { typeIndex: STATE, payload },
    ...(absent.length === 0 ? [] : [{ typeIndex: ABSENT, payload: JSON.stringify(absent) }]),
    ...(deleted.length === 0 ? [] : [{ typeIndex: DELETED, payload: JSON.stringify(deleted) }]),
    ...(fields === undefined ? [] : [{ typeIndex: FIELDS, payload: JSON.stringify(fields) }]),
  ]);
  if (ids.size === 0) return body;
  const found = [...((await keys?.find([...ids])) ?? new Map<string, never>()).values()];
  // Somebody was forgotten meanwhile: the state shows what must not be kept.
  if (found.length < ids.size) return undefined;
  const sealed = sealTogether(found, place, Buffer.from(body));
  return encodeBody([{ typeIndex: SEALED, payload: JSON.stringify([[...ids], typeof body === 'string', sealed]) }]);
}

/** Inverse of `encodeState`. */
export async function decodeState(
  codec: EventCodec,
  snapshot: Snapshot,
  type: StateType,
  keys: SubjectKeys | undefined,
): Promise<KeptState | UselessState> {
  if (snapshot.schemaVersion !== type.schemaVersion)
    return { reason: `its schema version is ${snapshot.schemaVersion}, not ${type.schemaVersion}` };
  try {
    const opened = await openState(snapshot, keys);
    if (opened === undefined) return { reason: 'it holds data of somebody who was forgotten', isExpected: true };
    const entries = new Map(decodeBody(opened.body).entries.map(({ typeIndex, payload }) => [typeIndex, payload]));
    const entry = entries.get(STATE);
    if (entry === undefined) return { reason: 'it is empty' };
    const state = codec.decodeState(entry, type);
    const [absent = [], deleted = []] = [ABSENT, DELETED].map(
      (kind) => entries.get(kind) as readonly string[] | undefined,
    );
    return { state, absent, deleted, fields: entries.get(FIELDS) as string | undefined, keys: opened.ids };
  } catch (cause) {
    return { reason: 'its state cannot be read', cause: isSealed(snapshot) ? withheld(cause) : cause };
  }
}

function isSealed({ state }: Snapshot): boolean {
  try {
    return decodeBody(state).entries[0]?.typeIndex === SEALED;
  } catch {
    return false;
  }
}

async function openState(
  { stream, version, state }: Snapshot,
  keys: SubjectKeys | undefined,
): Promise<{ readonly body: CommitBody; readonly ids: ReadonlySet<string> } | undefined> {
  const [first] = decodeBody(state).entries;
  if (first?.typeIndex !== SEALED) return { body: state, ids: new Set() };
  const [ids, isText, sealed] = first.payload as unknown as [string[], boolean, string];
  const found = [...((await keys?.find(ids)) ?? new Map<string, never>()).values()];
  if (found.length < ids.length) return undefined;
  const bytes = unsealTogether(found, { stream, version }, sealed);
  return { body: isText ? bytes.toString() : bytes, ids: new Set(ids) };
}
