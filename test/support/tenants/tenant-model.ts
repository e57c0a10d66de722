/** What one aggregate of one tenant must be. */
export interface ExpectedAccount {
  /** Notes of its events, oldest first: each says whose it is. */
  readonly notes: string[];
  /** Version after each command that had a key. */
  readonly keys: Map<string, number>;
  closed: boolean;
  archived: boolean;
}

/** What must be stored for one tenant, kept apart from all others by construction. */
export class ExpectedTenant {
  readonly accounts = new Map<string, ExpectedAccount>();
  private written = 0;

  constructor(
    readonly name: string,
    /** Occurs in every note of the tenant, and nowhere else. */
    readonly mark: string,
  ) {}

  /** A note that no other event has. */
  note(): string {
    this.written += 1;
    return `${this.mark}-${this.written}`;
  }

  create(id: string, note: string): void {
    this.accounts.set(id, { notes: [note], keys: new Map(), closed: false, archived: false });
  }

  listed(archived: boolean): string[] {
    return [...this.accounts].flatMap(([id, account]) => (account.archived === archived ? [id] : [])).sort();
  }
}
