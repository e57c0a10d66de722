import type { EventSource, EventSources, EventVersion, UpcasterSource } from './event-schemas.js';

/** Where stored events of one version end up. */
export interface UpcastRoute {
  /** Names of the current events that they become. */
  readonly ends: ReadonlySet<string>;
  /** Steps that nobody takes; empty when every one of them can be read. */
  readonly missing: readonly MissingStep[];
}

export interface MissingStep extends EventVersion {
  readonly fault: 'no-upcaster' | 'no-class' | 'newer' | 'circle';
  /** Version of the event in the code, if it has a class. */
  readonly current: number | undefined;
}

/** The upcasters of the code as ways from stored versions to current events. */
export class UpcasterGraph {
  private readonly byName = new Map<string, EventSource>();
  private readonly steps = new Map<string, UpcasterSource>();
  private readonly merged = new Set<string>();

  constructor({ events, upcasters }: EventSources) {
    for (const event of Object.values(events))
      for (const name of [event.name, ...event.aliases]) this.byName.set(name, event);
    for (const upcaster of upcasters) {
      this.steps.set(keyOf(upcaster.event, upcaster.from), upcaster);
      for (const { event, version } of upcaster.with ?? []) this.merged.add(keyOf(event, version));
    }
  }

  /** The current event of a name or alias. */
  find(name: string): EventSource | undefined {
    return this.byName.get(name);
  }

  /** Whether anything in the code says what becomes of such an event. */
  knows(event: string, version: number): boolean {
    const key = keyOf(event, version);
    return this.byName.has(event) || this.steps.has(key) || this.merged.has(key);
  }

  routeOf(event: string, version: number): UpcastRoute {
    const ends = new Set<string>();
    const missing: MissingStep[] = [];
    this.follow(event, version, { ends, missing, open: new Set() });
    return { ends, missing };
  }

  private follow(event: string, version: number, route: Route): void {
    const definition = this.find(event);
    const name = definition?.name ?? event;
    if (definition?.version === version) {
      route.ends.add(name);
      return;
    }
    const miss = (fault: MissingStep['fault']): void => {
      route.missing.push({ event: name, version, fault, current: definition?.version });
    };
    const key = keyOf(name, version);
    if (definition !== undefined && version > definition.version) miss('newer');
    else if (route.open.has(key)) miss('circle');
    else {
      route.open.add(key);
      this.step(name, version, definition, route, miss);
      route.open.delete(key);
    }
  }

  private step(
    name: string,
    version: number,
    definition: EventSource | undefined,
    route: Route,
    miss: (fault: MissingStep['fault']) => void,
  ): void {
    const upcaster = this.steps.get(keyOf(name, version));
    if (upcaster !== undefined) {
      if (upcaster.opaque === true) return;
      for (const target of upcaster.into ?? [{ event: name, version: version + 1 }])
        this.follow(target.event, target.version, route);
    } else if (!this.merged.has(keyOf(name, version))) {
      miss(definition === undefined ? 'no-class' : 'no-upcaster');
      // So that every missing step is named at once.
      if (definition !== undefined) this.follow(name, version + 1, route);
    }
  }
}

interface Route {
  readonly ends: Set<string>;
  readonly missing: MissingStep[];
  readonly open: Set<string>;
}

function keyOf(event: string, version: number): string {
  return `${version} ${event}`;
}
