import type { UpcastTarget } from '../metadata/metadata-storage.js';
import type { UpcasterDefinition } from './upcaster.js';

/** What the set needs to know of a registered event class. */
export interface CurrentVersion {
  readonly name: string;
  readonly version: number;
}

/** What may become of an event on reading. */
interface Prospects {
  readonly names: ReadonlySet<string>;
  readonly mayMerge: boolean;
}

type FindEvent = (name: string) => CurrentVersion | undefined;

/** The upcasters of one store, and where they lead. */
export class UpcasterSet {
  private readonly byEvent = new Map<string, Map<number, UpcasterDefinition[]>>();
  /** Of events that have upcasters, since feeds ask for every event that they read. */
  private readonly prospects = new Map<string, Prospects>();

  /** Faults of definitions, of each alone and beside the others. */
  faultsOf(definitions: readonly UpcasterDefinition[]): string[] {
    const faults: string[] = [];
    const fresh: UpcasterDefinition[] = [];
    for (const upcaster of definitions) {
      faults.push(...ownFaults(upcaster));
      const others = [...this.allFrom(upcaster.event, upcaster.from), ...fresh];
      const isKnown = this.allFrom(upcaster.event, upcaster.from).some((known) => known.upcast === upcaster.upcast);
      if (!isKnown && others.some((other) => labelOf(other) === labelOf(upcaster)))
        faults.push(`There are two upcasters of ${labelOf(upcaster)}.`);
      fresh.push(upcaster);
    }
    return faults;
  }

  add(upcaster: UpcasterDefinition): void {
    this.prospects.clear();
    let versions = this.byEvent.get(upcaster.event);
    if (versions === undefined) this.byEvent.set(upcaster.event, (versions = new Map<number, UpcasterDefinition[]>()));
    const known = versions.get(upcaster.from) ?? [];
    if (known.some((each) => each.upcast === upcaster.upcast)) return;
    // Longer merges first, so that the one that takes most applies.
    const all = [...known, upcaster].sort((a, b) => followersOf(b).length - followersOf(a).length);
    versions.set(upcaster.from, all);
  }

  /** Whether there are upcasters of the event, of whatever version. */
  concern(event: string): boolean {
    return this.byEvent.has(event);
  }

  /** Upcasters of one version, those that merge first. */
  allFrom(event: string, version: number): readonly UpcasterDefinition[] {
    return this.byEvent.get(event)?.get(version) ?? [];
  }

  /** Whether a version can be left even when it stands alone. */
  covers(event: string, version: number): boolean {
    return this.allFrom(event, version).some((upcaster) => followersOf(upcaster).length === 0);
  }

  /** Highest version that some upcaster of the event leads to; 0 when there is none. */
  highestOf(event: string): number {
    return Math.max(0, ...[...(this.byEvent.get(event)?.keys() ?? [])].map((from) => from + 1));
  }

  /** Whether an upcaster takes events that follow on this one, whatever it is named by then. */
  mayMerge(event: string): boolean {
    return this.prospectsOf(event).mayMerge;
  }

  /** Names that events of this name may have once they are upcast. */
  namesFrom(event: string): ReadonlySet<string> {
    return this.prospectsOf(event).names;
  }

  private prospectsOf(event: string): Prospects {
    const known = this.prospects.get(event);
    if (known !== undefined) return known;
    const names = new Set([event]);
    if (!this.byEvent.has(event)) return { names, mayMerge: false };
    // A set grows while it is gone through, so this ends when nothing new is found.
    for (const name of names)
      for (const upcaster of this.allOf(name)) for (const { event: target } of upcaster.into ?? []) names.add(target);
    const upcasters = [...names].flatMap((name) => this.allOf(name));
    const prospects = { names, mayMerge: upcasters.some((upcaster) => followersOf(upcaster).length > 0) };
    this.prospects.set(event, prospects);
    return prospects;
  }

  /** Faults once everything is registered: gaps, targets that are not there, and circles. */
  chainFaults(find: FindEvent): string[] {
    const faults = [...this.byEvent].flatMap(([name, versions]) => this.faultsOfEvent(name, versions, find));
    return [...faults, ...this.circles()];
  }

  /** Names that upcasters are for or lead to, but no registered event has: misspelt, gone, or events without a class. */
  namesWithoutEvent(find: FindEvent): string[] {
    const unknown = [...this.byEvent].flatMap(([name, versions]) => {
      const leadsElsewhere = [...versions.values()].flat().some(({ into }) => into !== undefined);
      return find(name) === undefined && !leadsElsewhere ? [name] : [];
    });
    const targets = [...this.byEvent.keys()].flatMap((name) => this.allOf(name)).flatMap(({ into = [] }) => into);
    const lost = targets.filter(({ event }) => find(event) === undefined && !this.byEvent.has(event));
    return [...new Set([...unknown, ...lost.map(({ event }) => event)])];
  }

  private faultsOfEvent(name: string, versions: ReadonlyMap<number, unknown>, find: FindEvent): string[] {
    const current = find(name);
    if (current !== undefined && current.name !== name)
      return [`Upcasters of "${name}" must name the event by its current name "${current.name}".`];
    const target = current?.version ?? this.highestOf(name);
    const tooHigh = this.allOf(name)
      .filter(({ from, into }) => from >= target && into === undefined)
      .map(
        ({ from }) =>
          `The upcaster of "${name}" from version ${from} has no target: the event is at version ${target}.`,
      );
    const missing = range(Math.min(...versions.keys()), target)
      .filter((from) => !this.covers(name, from))
      .map((from) => `The upcasters of "${name}" have a gap: none from version ${from} to ${from + 1}.`);
    return [...tooHigh, ...missing, ...this.allOf(name).flatMap((upcaster) => this.targetFaults(upcaster, find))];
  }

  private targetFaults(upcaster: UpcasterDefinition, find: FindEvent): string[] {
    return (upcaster.into ?? []).flatMap(({ event, version }) => {
      const current = find(event);
      const isThere = current === undefined || (current.name === event && current.version === version);
      if (isThere || this.covers(event, version)) return [];
      const fault = `The upcaster of ${labelOf(upcaster)} leads to "${event}" version ${version}`;
      return current.name === event
        ? [`${fault}, but the event is at version ${current.version}.`]
        : [`${fault}, but that is the former name of "${current.name}".`];
    });
  }

  private circles(): string[] {
    const done = new Set<string>();
    const faults: string[] = [];
    const visit = (event: string, version: number, path: readonly string[]): void => {
      const key = `"${event}" version ${version}`;
      if (path.includes(key)) faults.push(`The upcasters lead round in a circle: ${[...path, key].join(', ')}.`);
      if (path.includes(key) || done.has(key)) return;
      for (const upcaster of this.allFrom(event, version))
        for (const target of targetsOf(upcaster)) visit(target.event, target.version, [...path, key]);
      done.add(key);
    };
    for (const [event, versions] of this.byEvent) for (const version of versions.keys()) visit(event, version, []);
    return faults;
  }

  private allOf(event: string): UpcasterDefinition[] {
    return [...(this.byEvent.get(event)?.values() ?? [])].flat();
  }
}

export function targetsOf({ event, from, into }: UpcasterDefinition): readonly UpcastTarget[] {
  return into ?? [{ event, version: from + 1 }];
}

export function followersOf(upcaster: UpcasterDefinition): readonly UpcastTarget[] {
  return upcaster.with ?? [];
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}

function labelOf(upcaster: UpcasterDefinition): string {
  const merged = followersOf(upcaster).map(({ event, version }) => ` with "${event}" version ${version}`);
  return `"${upcaster.event}" from version ${upcaster.from}${merged.join('')}`;
}

function ownFaults(upcaster: UpcasterDefinition): string[] {
  const faults: string[] = [];
  const label = labelOf(upcaster);
  const named = [...(upcaster.into ?? []), ...followersOf(upcaster)];
  if (![upcaster.from, ...named.map(({ version }) => version)].every(isVersion))
    faults.push(`The upcaster of ${label}: versions are whole numbers from 1.`);
  if (upcaster.with?.length === 0) faults.push(`The upcaster of ${label}: \`with\` names no event; leave it out.`);
  if ((upcaster.into ?? []).some(({ event, version }) => event === upcaster.event && version <= upcaster.from))
    faults.push(`The upcaster of ${label}: its target is not a later version.`);
  return faults;
}

function isVersion(version: number): boolean {
  return Number.isSafeInteger(version) && version >= 1;
}
