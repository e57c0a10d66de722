import { createHash } from 'node:crypto';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { describeStream, type StreamId } from '../event/stream-id.js';
import { checkUniqueValue, type UniqueValue } from '../event/unique-value.js';

/** What a commit does to the values that its stream holds. */
export interface ReservationOptions {
  /**
   * Values that the stream is to hold from this commit on, until it releases them. Written in one transaction with the
   * commit: twice its write units, and 2 more for each. One that the stream holds already may be reserved again.
   */
  readonly reserve?: readonly UniqueValue[] | undefined;
  /** Values that the stream gives up with this commit, at the same cost. One that nobody holds may be released. */
  readonly release?: readonly UniqueValue[] | undefined;
}

/** What a commit does to one value, as it is stored with it. */
export interface ReservationChange {
  readonly change: 'reserve' | 'release';
  readonly scope: string;
  /** `digestOfValue` of tenant, scope and value. */
  readonly digest: string;
}

/** A commit, as far as its reservations are concerned. */
interface Reserving {
  readonly reservations?: readonly ReservationChange[] | undefined;
}

/** Stands for a value: personal data, such as an e-mail address, is not stored as text in a key that lasts. */
export function digestOfValue(tenant: string | undefined, { scope, value }: UniqueValue): string {
  return createHash('sha256')
    .update(JSON.stringify([tenant ?? null, scope, value]))
    .digest('base64url');
}

/** Under what a value is found. @throws InvalidArgumentError It cannot be meant. */
export function lookupOf(value: UniqueValue & Pick<StreamId, 'tenant'>): Pick<ReservationChange, 'scope' | 'digest'> {
  checkUniqueValue('value', value);
  const { tenant, scope } = value;
  if (tenant !== undefined && (typeof tenant !== 'string' || tenant === '' || !tenant.isWellFormed()))
    throw new InvalidArgumentError('tenant', 'must be well-formed text that is not empty.');
  return { scope, digest: digestOfValue(tenant, value) };
}

/** The changes in an order of their own, so that equal ones are equal; `undefined` when there are none. */
export function reservationChangesOf(
  { tenant }: StreamId,
  { reserve = [], release = [] }: ReservationOptions,
): readonly ReservationChange[] | undefined {
  const changes = [...changesTo('reserve', tenant, reserve), ...changesTo('release', tenant, release)];
  const twice = changes.find(({ digest }, index) => changes.findIndex((each) => each.digest === digest) < index);
  if (twice !== undefined)
    throw new InvalidArgumentError(twice.change, `a commit names one value of "${twice.scope}" twice.`);
  return changes.length === 0 ? undefined : changes.sort((a, b) => (a.digest < b.digest ? -1 : 1));
}

function changesTo(
  change: ReservationChange['change'],
  tenant: string | undefined,
  values: readonly UniqueValue[],
): ReservationChange[] {
  if (!Array.isArray(values)) throw new InvalidArgumentError(change, 'must be a list of { scope, value }.');
  return values.map((unique: UniqueValue, index) => {
    checkUniqueValue(`${change}[${index}]`, unique);
    return { change, scope: unique.scope, digest: digestOfValue(tenant, unique) };
  });
}

/** One transaction can do one thing to a value: hand it over in two writes, or have one stream keep it. */
export function checkSeparateValues(commits: readonly (Reserving & { readonly stream: StreamId })[]): void {
  const streams = new Map<string, StreamId>();
  for (const { stream, reservations = [] } of commits)
    for (const { scope, digest } of reservations) {
      const other = streams.get(digest);
      if (other !== undefined)
        throw new InvalidArgumentError(
          'appends',
          `${describeStream(other)} and ${describeStream(stream)} name the same value of "${scope}" in one write.`,
        );
      streams.set(digest, stream);
    }
}

/** Whether two commits change the same values in the same way. */
export function sameReservations(a: Reserving, b: Reserving): boolean {
  return textOf(a) === textOf(b);
}

/** The changes as text, for digests; empty without any. */
export function textOf({ reservations = [] }: Reserving): string {
  return reservations.map(({ change, scope, digest }) => `${change} ${digest} ${scope}`).join('\n');
}
