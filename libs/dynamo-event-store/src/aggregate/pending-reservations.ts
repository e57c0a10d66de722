import type { UniqueValue } from '../event/unique-value.js';

/** What a command method wants to do to a unique value, until it is saved. */
export interface PendingReservation extends UniqueValue {
  readonly change: 'reserve' | 'release';
}

/** Lists of the values that one commit reserves and releases; absent where empty. */
export interface NetReservations {
  readonly reserve?: readonly UniqueValue[];
  readonly release?: readonly UniqueValue[];
}

const NOTHING: NetReservations = {};

/** What comes of several changes, one after the other: the last one to a value counts. */
export function netOf(pending: readonly PendingReservation[]): NetReservations {
  if (pending.length === 0) return NOTHING;
  const last = new Map(pending.map((each) => [JSON.stringify([each.scope, each.value]), each]));
  const ofKind = (change: PendingReservation['change']): UniqueValue[] =>
    [...last.values()].filter((each) => each.change === change).map(({ scope, value }) => ({ scope, value }));
  const [reserve, release] = [ofKind('reserve'), ofKind('release')];
  return { ...(reserve.length === 0 ? {} : { reserve }), ...(release.length === 0 ? {} : { release }) };
}
