import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import type { SubscriptionDefinition } from './subscription-definition.js';
import { isExtended, layoutFaults, layoutsOf, type ViewLayout } from './view-layout.js';

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
  /** How its views are stored. Absent when it has none, or an earlier version of this library has begun it. */
  readonly layout?: readonly ViewLayout[];
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
  const begin = from === 'now' ? { since: now } : { scan: { id: 1, reason: 'first start', orderedAt: now } };
  const active: Generation = { number: 1, version, ...begin, ...layoutIn(definition) };
  return { kind, paused: false, active, latest: 1, scans: from === 'now' ? 0 : 1 };
}

/**
 * The record after an instance with this code has started: a raised version begins a new build beside the old one.
 * `undefined`: it stays as it is.
 * @throws InvalidDefinitionError The code stores its views otherwise than a build of its version.
 */
export function afterStart(
  record: SubscriptionRecord,
  definition: SubscriptionDefinition,
  now: number,
): SubscriptionRecord | undefined {
  const faults = layoutFaultsOf(record, definition);
  if (faults.length > 0) throw new InvalidDefinitionError(`${definition.kind} ${definition.name}`, faults);
  const noted = withLayout(record, definition);
  if (definition.kind === 'reactor') return noted;
  const newest = Math.max(record.active.version, record.next?.version ?? 0);
  return definition.version > newest ? withNext(record, definition, 'new version', now) : noted;
}

/** What keeps the code from working on builds of its version; see `Generation.layout`. */
export function layoutFaultsOf(record: SubscriptionRecord, definition: SubscriptionDefinition): string[] {
  const code = layoutsOf(definition.views);
  const isReactor = definition.kind === 'reactor';
  const faults = generationsOf(record).flatMap(({ version, layout }) => {
    if (layout === undefined || version !== definition.version) return [];
    return isReactor && isExtended(layout, code) ? [] : layoutFaults(layout, code);
  });
  if (faults.length === 0) return [];
  const remedy = isReactor
    ? 'Undo the change: a reactor cannot be built again. A reactor of another name begins with none of its items.'
    : `Undo the change, or raise the version of @Projection (now ${definition.version}), so that the read model is built again.`;
  return [...new Set(faults), remedy];
}

/** Notes how the code stores views, where that is not on record yet. */
function withLayout(record: SubscriptionRecord, definition: SubscriptionDefinition): SubscriptionRecord | undefined {
  const { layout } = layoutIn(definition);
  if (layout === undefined) return undefined;
  const text = JSON.stringify(layout);
  const stale = generationsOf(record).filter(
    (each) => each.version === definition.version && JSON.stringify(each.layout) !== text,
  );
  if (stale.length === 0) return undefined;
  return stale.reduce((changing, { number }) => changed(changing, number, (each) => ({ ...each, layout })), record);
}

function layoutIn({ views }: SubscriptionDefinition): Pick<Generation, 'layout'> {
  return views.length === 0 ? {} : { layout: layoutsOf(views) };
}

/** Begins a build, or a replay, beside the active one; it takes the place of one that is under way. */
export function withNext(
  record: SubscriptionRecord,
  definition: SubscriptionDefinition,
  reason: string,
  now: number,
  replay?: true,
): SubscriptionRecord {
  const number = record.latest + 1;
  const scan = { id: record.scans + 1, reason, orderedAt: now };
  const { version } = definition;
  const next = { number, version, scan, ...(replay === undefined ? {} : { replay }), ...layoutIn(definition) };
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
  const { number, version, since, replay, layout } = generation;
  return {
    number,
    version,
    ...(since === undefined ? {} : { since }),
    ...(replay === undefined ? {} : { replay }),
    ...(layout === undefined ? {} : { layout }),
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
