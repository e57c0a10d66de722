import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import {
  DynamoEventStoreModule,
  EventStore,
  Projections,
  ReadSide,
  type DynamoEventStoreRootOptions,
} from 'nestjs-dynamo-event-store';
import { streamsFeed } from 'nestjs-dynamo-event-store/streams';
import {
  CustomerTotals,
  Database,
  PostgresFence,
  PROGRESS_TABLE,
  SaleMade,
  TOTALS_TABLE,
} from '../../docs/examples/postgres-projection.js';
import { testClientConfig, uniqueTableName } from '../support/dynamodb.js';

/** A real PostgreSQL, compiled to WebAssembly, in this process. */
class PgliteDatabase extends Database {
  override readonly sql: Database['sql'];

  constructor(readonly pglite: PGlite) {
    super();
    this.sql = pglite;
  }

  override transaction<T>(work: (sql: Database['sql']) => Promise<T>): Promise<T> {
    return this.pglite.transaction((transaction) => work(transaction));
  }
}

describe('a projection in PostgreSQL', () => {
  let pglite: PGlite;

  beforeAll(async () => {
    pglite = await PGlite.create();
    await pglite.exec(`${PROGRESS_TABLE}; ${TOTALS_TABLE}`);
  });

  afterAll(async () => {
    await pglite.close();
  });

  async function application(options: DynamoEventStoreRootOptions) {
    const database = new PgliteDatabase(pglite);
    const module = await Test.createTestingModule({
      imports: [DynamoEventStoreModule.forRoot(options)],
      providers: [CustomerTotals, { provide: PostgresFence, useFactory: () => new PostgresFence(database) }],
    }).compile();
    return module.init();
  }

  it('counts every event exactly once, also when two services apply them and when it is built anew', async () => {
    const options = { clientConfig: testClientConfig(), tableName: uniqueTableName('postgres'), createTable: true };
    const feed = streamsFeed({ pollMs: 20, idlePollMs: 50, leaseMs: 1_000 });
    const application1 = await application({ ...options, feed, readSide: { refreshMs: 50, leaseMs: 1_000 } });
    const store = application1.get(EventStore, { strict: false });
    const projections = application1.get(Projections, { strict: false });
    const heads = [];
    for (let order = 0; order < 20; order++) {
      const stream = { aggregate: 'sale', id: `s-${order}` };
      const events = [new SaleMade(`c-${order % 3}`, 100), new SaleMade(`c-${order % 3}`, order)];
      heads.push(await store.append(stream, events, { expected: 'none' }));
    }
    for (const head of heads) await projections.waitFor(CustomerTotals, head, { timeoutMs: 20_000 });
    const totals = async (build: number) => {
      const { rows } = await pglite.query<{ customer_id: string; cents: number }>(
        'SELECT customer_id, cents FROM customer_totals WHERE build = $1 ORDER BY customer_id',
        [build],
      );
      return rows.map(({ customer_id, cents }) => [customer_id, cents]);
    };
    const expected = [
      ['c-0', 763],
      ['c-1', 770],
      ['c-2', 657],
    ];
    expect(await totals(1)).toEqual(expected);

    // The same events again, as a zombie or a source that repeats itself delivers them: nothing changes.
    const other = await application(options);
    const [consumer] = await other.get(ReadSide, { strict: false }).consumers();
    const commits = heads.map(({ stream }) => ({
      stream,
      first: 1,
      last: 2,
      types: [],
      recordedAt: 0,
      commit: undefined,
    }));
    await consumer?.deliver(commits);
    expect(await totals(1)).toEqual(expected);

    await projections.rebuild(CustomerTotals);
    for (let done = false; !done;) done = (await projections.activeBuild(CustomerTotals)) === 2;
    expect(await totals(2)).toEqual(expected);
    await Promise.all([application1.close(), other.close()]);
  });
});
