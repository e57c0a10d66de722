import { AggregateRepository, DynamoEventStore, ReadSide, type AggregateClass } from 'nestjs-dynamo-event-store';
import type { LineAddedData } from '../works/order-events.js';
import { clientConfig } from './client-config.js';
import type { Contestant, ContestantSetup, Loaded, TableSum } from './contestant.js';
import { MemoryFence, OrderTotals } from './domain/order-totals.js';
import { LongOrder, Order, type CountedOrder } from './domain/order.js';

/** The aggregate that a command has loaded, and for warm commands a repository with its state in the cache. */
interface Writer {
  readonly order: CountedOrder;
  readonly repository: AggregateRepository;
}

/** Each build has a control table of its own, whatever engine it is on: DynamoDB Local answers for all of them. */
let builds = 0;

/** The library's repository: class instances, reducers, the default serializer. */
export class Repository implements Contestant<Writer> {
  readonly cannot: Contestant<Writer>['cannot'] = {};
  private readonly store: DynamoEventStore;
  private readonly repository: AggregateRepository;
  private nextBuild: { readonly readSide: ReadSide; readonly totals: OrderTotals } | undefined;

  constructor(
    { endpoint, table }: ContestantSetup,
    private readonly orderClass: AggregateClass<CountedOrder> = Order,
  ) {
    this.store = new DynamoEventStore({ tableName: table, clientConfig: clientConfig(endpoint) });
    this.repository = new AggregateRepository(this.store);
    this.repository.register(orderClass);
  }

  async createTables(): Promise<void> {
    await this.store.createTable();
  }

  begin(id: string, first: LineAddedData): Promise<Writer> {
    return this.beginAs(this.orderClass, this.repository, id, first);
  }

  async open(id: string): Promise<Writer> {
    const { repository } = this;
    return { order: await repository.load(this.orderClass, id), repository };
  }

  async append({ order, repository }: Writer, events: readonly LineAddedData[]): Promise<void> {
    order.addLines(events);
    await repository.save(order);
  }

  load(id: string): Promise<Loaded> {
    return this.loadAs(this.orderClass, id);
  }

  beginWithSnapshots(id: string, first: LineAddedData): Promise<Writer> {
    return this.beginAs(LongOrder, this.repository, id, first);
  }

  appendWithSnapshots(writer: Writer, events: readonly LineAddedData[]): Promise<void> {
    return this.append(writer, events);
  }

  loadFromSnapshot(id: string): Promise<Loaded> {
    return this.loadAs(LongOrder, id);
  }

  beginWarm(id: string, first: LineAddedData): Promise<Writer> {
    return this.beginAs(this.orderClass, new AggregateRepository(this.store, { cache: true }), id, first);
  }

  async update({ order: { id }, repository }: Writer, event: LineAddedData): Promise<void> {
    await repository.update(this.orderClass, id, (order) => {
      order.addLines([event]);
    });
  }

  /** A cached state is decided on without a read, so that it can be behind. */
  appendAfterLoss(writer: Writer, event: LineAddedData): Promise<void> {
    return this.update(writer, event);
  }

  async appendToAll(writers: readonly Writer[], event: LineAddedData): Promise<void> {
    for (const { order } of writers) order.addLines([event]);
    await this.repository.saveAll(writers.map(({ order }) => order));
  }

  async prepareCatchUp(): Promise<void> {
    builds += 1;
    const { store } = this;
    const controlTable = `${store.tableName}-control-${builds}`;
    const readSide = new ReadSide({ store, controlTable, settleMs: 0 });
    const totals = new OrderTotals();
    readSide.add([{ instance: totals, fence: new MemoryFence() }]);
    await readSide.createTables();
    this.nextBuild = { readSide, totals };
  }

  async catchUp(): Promise<TableSum> {
    if (this.nextBuild === undefined) throw new Error('No catch-up was prepared.');
    const { readSide, totals } = this.nextBuild;
    await readSide.projections.runBuilds();
    return totals.sum;
  }

  async close(): Promise<void> {
    await this.repository.drain();
    this.store.close();
  }

  private async beginAs(
    orderClass: AggregateClass<CountedOrder>,
    repository: AggregateRepository,
    id: string,
    first: LineAddedData,
  ): Promise<Writer> {
    const order = new orderClass(id);
    order.addLines([first]);
    await repository.save(order);
    return { order, repository };
  }

  private async loadAs(orderClass: AggregateClass<CountedOrder>, id: string): Promise<Loaded> {
    const { version, total } = await this.repository.load(orderClass, id);
    return { version, state: total };
  }
}

export function create(setup: ContestantSetup): Contestant<Writer> {
  return new Repository(setup);
}
