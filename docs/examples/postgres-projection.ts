import {
  DomainEvent,
  On,
  ProgressFence,
  Projection,
  type ProgressKey,
  type ProgressStep,
  type RecordedEvent,
} from 'nestjs-dynamo-event-store';

/** The part of a PostgreSQL client that is needed here; `pg`, PGlite and others have it. */
export interface Sql {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

export abstract class Database {
  abstract readonly sql: Sql;
  abstract transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
}

// #region fence
export const PROGRESS_TABLE = `
  CREATE TABLE IF NOT EXISTS projection_progress (
    projection text NOT NULL,
    build integer NOT NULL,
    stream text NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (projection, build, stream)
  )`;

/** What the methods of a projection get as their third argument. */
export interface Work {
  readonly sql: Sql;
  /** Each build of the read model has rows of its own, so that a new one can grow beside the old one. */
  readonly build: number;
}

/** Keeps progress in the transaction of the read model: each event counts exactly once, whoever delivers it how often. */
export class PostgresFence extends ProgressFence<Work> {
  override readonly isAtomic = true;

  constructor(private readonly database: Database) {
    super();
  }

  async applied(key: ProgressKey): Promise<number> {
    const { rows } = await this.database.sql.query(
      'SELECT version FROM projection_progress WHERE projection = $1 AND build = $2 AND stream = $3',
      keyOf(key),
    );
    return Number((rows[0] as { version: string } | undefined)?.version ?? 0);
  }

  async advance(step: ProgressStep, work: (context: Work) => Promise<void>): Promise<boolean> {
    return this.database.transaction(async (sql) => {
      // First, since it locks the row: whoever comes at the same time waits here, and is refused.
      const { rows } = await (step.from === 0
        ? sql.query(
            'INSERT INTO projection_progress VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING version',
            [...keyOf(step), step.to],
          )
        : sql.query(
            `UPDATE projection_progress SET version = $4
             WHERE projection = $1 AND build = $2 AND stream = $3 AND version = $5 RETURNING version`,
            [...keyOf(step), step.to, step.from],
          ));
      if (rows.length === 0) return false;
      await work({ sql, build: step.generation });
      return true;
    });
  }
}

function keyOf({ projection, generation, stream }: ProgressKey): unknown[] {
  return [projection, generation, JSON.stringify([stream.tenant ?? null, stream.aggregate, stream.id])];
}
// #endregion

@DomainEvent({ name: 'sale-made' })
export class SaleMade {
  constructor(
    readonly customerId: string,
    readonly cents: number,
  ) {}
}

// #region projection
export const TOTALS_TABLE = `
  CREATE TABLE IF NOT EXISTS customer_totals (
    build integer NOT NULL,
    customer_id text NOT NULL,
    cents bigint NOT NULL,
    PRIMARY KEY (build, customer_id)
  )`;

@Projection({ name: 'customer-totals', version: 1, fence: PostgresFence })
export class CustomerTotals {
  @On(SaleMade)
  async saleMade(event: SaleMade, _: RecordedEvent, { sql, build }: Work): Promise<void> {
    await sql.query(
      `INSERT INTO customer_totals VALUES ($1, $2, $3)
       ON CONFLICT (build, customer_id) DO UPDATE SET cents = customer_totals.cents + excluded.cents`,
      [build, event.customerId, event.cents],
    );
  }
}
// #endregion
