/** What stood in the way of an event. The rest of its stream was not migrated; the others were. */
export interface MigrationProblem {
  /**
   * - `gap`, `duplicate`: the sequence of the foreign stream is not 1, 2, 3, …
   * - `unreadable`: an item of the foreign table is not an event.
   * - `unmappable`: the mapping threw, or what it gave is not an event.
   * - `unstorable`: too large, values that cannot be kept, or a class here that cannot read it.
   * - `merged`: two foreign streams are mapped to one.
   * - `collision`: another commit is in its place here.
   */
  readonly kind: 'gap' | 'duplicate' | 'unreadable' | 'unmappable' | 'unstorable' | 'merged' | 'collision';
  /** Where in the foreign table. */
  readonly place: string;
  readonly message: string;
}

/** How the events of one foreign type were taken over. */
export interface MigratedType {
  readonly store: string;
  readonly type: string;
  /** Type and schema version here, such as `user-created@1` with a class, `user-created~1` without. */
  readonly label: string;
  readonly aggregate: string;
  readonly events: number;
}

/** What a migration did, or, of a dry run, would do. */
export interface MigrationReport {
  readonly dryRun: boolean;
  readonly source: string;
  readonly table: string;
  /** Foreign streams and events read. */
  readonly streams: number;
  readonly events: number;
  /** Events that the mapping left out. */
  readonly dropped: number;
  /** Events of which the foreign table has no time, and that the mapping put at the epoch. */
  readonly withoutTime: number;
  /** Events written, and those that were there from an earlier run. */
  readonly stored: number;
  readonly present: number;
  /** Events that were refused, or come after one of their stream that was. */
  readonly refused: number;
  readonly types: readonly MigratedType[];
  readonly problems: readonly MigrationProblem[];
}

/** Counts for the report while the migration goes on. */
export class MigrationCounts {
  streams = 0;
  events = 0;
  dropped = 0;
  withoutTime = 0;
  stored = 0;
  present = 0;
  refused = 0;
  readonly problems: MigrationProblem[] = [];
  private readonly byType = new Map<string, { -readonly [K in keyof MigratedType]: MigratedType[K] }>();

  note(type: Omit<MigratedType, 'events'>): void {
    const key = JSON.stringify([type.store, type.type, type.label, type.aggregate]);
    const found = this.byType.get(key);
    if (found === undefined) this.byType.set(key, { ...type, events: 1 });
    else found.events += 1;
  }

  get types(): readonly MigratedType[] {
    return [...this.byType.values()].map((each) => ({ ...each }));
  }
}
