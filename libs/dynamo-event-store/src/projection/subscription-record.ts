import type { SubscriptionDefinition } from './subscription-definition.js';

/** A scan of the whole table that a generation needs, until it is done. */
export interface ScanOrder {
  /** Tells one scan of a generation from the next. */
  readonly id: number;
  /** Such as `first start`, `rebuild`, or that records of the stream were trimmed. */
  readonly reason: string;
  readonly orderedAt: number;
  readonly paused?: true;
}

/** One build of a read model, or one run of a reactor. */
export interface Generation {
  readonly number: number;
  /** Version of the projection's code that it belongs to. */
  readonly version: number;
  /** ms since the epoch; events recorded before are passed over. */
  readonly since?: number;
  /** A replay of a reactor: ends with its scan. */
  readonly replay?: true;
  /** Absent when everything there was when it began has been applied. */
  readonly scan?: ScanOrder;
}

/** What the instances of a service agree on about a projection or reactor. */
export interface SubscriptionRecord {
  readonly kind: 'projection' | 'reactor';
  readonly paused: boolean;
  /** The build whose read model is served. */
  readonly active: Generation;
  /** The build that will take its place, or a replay. */
  readonly next?: Generation;
  /** Highest number given so far. */
  readonly latest: number;
  /** Number of scans ordered so far. */
  readonly scans: number;
  /** Builds up to this number have left nothing behind. */
  readonly removed?: number;
}

export function firstRecord(definition: SubscriptionDefinition, now: number): SubscriptionRecord {
  const { kind, version, from } = definition;
  const active: Generation =
    from === 'now'
      ? { number: 1, version, since: now }
      : { number: 1, version, scan: { id: 1, reason: 'first start', orderedAt: now } };
  return { kind, paused: false, active, latest: 1, scans: from === 'now' ? 0 : 1 };
}

/**
 * The record after an instance with this code has started: a raised version begins a new build beside the old one.
 * `undefined`: it stays as it is.
 */
export function afterStart(
  record: SubscriptionRecord,
  definition: SubscriptionDefinition,
  now: number,
): SubscriptionRecord | undefined {
  if (definition.kind === 'reactor') return undefined;
  const newest = Math.max(record.active.version, record.next?.version ?? 0);
  return definition.version > newest ? withNext(record, definition.version, 'new version', now) : undefined;
}

/** Begins a build, or a replay, beside the active one; it takes the place of one that is under way. */
export function withNext(
  record: SubscriptionRecord,
  version: number,
  reason: string,
  now: number,
  replay?: true,
): SubscriptionRecord {
  const number = record.latest + 1;
  const scan = { id: record.scans + 1, reason, orderedAt: now };
  const next = { number, version, scan, ...(replay === undefined ? {} : { replay }) };
  return { ...record, next, latest: number, scans: record.scans + 1 };
}

/** A generation may lack commits: the table has to be searched for them. One scan under way starts over. */
export function withScan(record: SubscriptionRecord, number: number, reason: string, now: number): SubscriptionRecord {
  const scan = { id: record.scans + 1, reason, orderedAt: now };
  return { ...changed(record, number, (generation) => ({ ...generation, scan })), scans: record.scans + 1 };
}

/** The scan with this id is done. `undefined` when another one has been ordered meanwhile. */
export function withScanDone(
  record: SubscriptionRecord,
  number: number,
  scanId: number,
): SubscriptionRecord | undefined {
  if (generationOf(record, number)?.scan?.id !== scanId) return undefined;
  return changed(record, number, withoutScan);
}

export function withScanPaused(record: SubscriptionRecord, number: number, paused: boolean): SubscriptionRecord {
  return changed(record, number, (generation) => {
    if (generation.scan === undefined) return generation;
    const { id, reason, orderedAt } = generation.scan;
    return { ...generation, scan: { id, reason, orderedAt, ...(paused ? { paused } : {}) } };
  });
}

/** The next build is served from now on. */
export function switched(record: SubscriptionRecord): SubscriptionRecord | undefined {
  const { next, ...rest } = record;
  return next === undefined || next.replay === true ? undefined : { ...rest, active: next };
}

export function withoutNext(record: SubscriptionRecord): SubscriptionRecord {
  const { next, ...rest } = record;
  return next === undefined ? record : rest;
}

/** The scan that a generation is to run now; `undefined` when it needs none, or is to pause. */
export function pendingScan(record: SubscriptionRecord, number: number): ScanOrder | undefined {
  const scan = generationOf(record, number)?.scan;
  return record.paused || scan?.paused === true ? undefined : scan;
}

export function generationsOf({ active, next }: SubscriptionRecord): Generation[] {
  return next === undefined ? [active] : [active, next];
}

export function generationOf(record: SubscriptionRecord, number: number): Generation | undefined {
  return generationsOf(record).find((generation) => generation.number === number);
}

function withoutScan(generation: Generation): Generation {
  const { number, version, since, replay } = generation;
  return {
    number,
    version,
    ...(since === undefined ? {} : { since }),
    ...(replay === undefined ? {} : { replay }),
  };
}

function changed(
  record: SubscriptionRecord,
  number: number,
  change: (generation: Generation) => Generation,
): SubscriptionRecord {
  const { active, next } = record;
  return {
    ...record,
    active: active.number === number ? change(active) : active,
    ...(next === undefined ? {} : { next: next.number === number ? change(next) : next }),
  };
}
