import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  defineView,
  DomainEvent,
  DynamoEventStore,
  EventHandler,
  On,
  OnTimer,
  Projection,
  Reactor,
  ReadSide,
  scanFeed,
  type DueTimer,
  type EventMetadata,
  type RecordedEvent,
  type ViewWriter,
} from 'nestjs-dynamo-event-store';
import { SimulatedDynamoDb } from 'nestjs-dynamo-event-store/testing';
import { eventually } from '../support/eventually.js';

@DomainEvent({ name: 'placed' })
class Placed {}
@DomainEvent({ name: 'noted' })
class Noted {
  constructor(readonly by: string) {}
}
@Aggregate({ name: 'order' })
class Order extends AggregateRoot {
  place(): this {
    this.apply(new Placed());
    return this;
  }
  note(by: string): void {
    this.apply(new Noted(by));
  }
  @EventHandler(Placed) onPlaced(): void {
    // Nothing to keep.
  }
  @EventHandler(Noted) onNoted(): void {
    // Nothing to keep.
  }
}

interface Seen {
  readonly times: number;
}
const orders = defineView<Seen, 'all'>({
  name: 'orders',
  keyedBy: 'stream',
  indexes: { all: { partition: () => 'all' } },
});

@Projection({ name: 'orders', version: 1, views: [orders] })
class Orders {
  @On(Placed) placed(_: Placed, { stream }: RecordedEvent, views: ViewWriter): void {
    views.of(orders).put(stream.id, { times: 1 });
  }
}

@Reactor({ name: 'process', from: 'beginning' })
class Process {
  readonly timers: DueTimer[] = [];
  failures = 0;

  constructor(private readonly given: () => World) {}

  private get world(): World {
    return this.given();
  }

  @On(Placed) async placed(_: Placed, { stream }: RecordedEvent): Promise<void> {
    const { repository, store, readSide } = this.world;
    await readSide.timers.schedule({ name: 'never', id: stream.id }, new Date(0));
    expect(await readSide.timers.cancel({ name: 'never', id: stream.id })).toBe(true);
    await repository.update(Order, stream.id, (order) => {
      order.note('the reactor');
    });
    await store.append({ ...stream, aggregate: 'log' }, [new Noted('the reactor')], { expected: 'any' });
    await readSide.timers.schedule({ name: 'later', id: stream.id }, new Date(0));
  }

  @OnTimer('later') async later(timer: DueTimer): Promise<void> {
    this.timers.push(timer);
    await this.world.repository.update(Order, timer.id, (order) => {
      order.note('the timer');
    });
  }

  @OnTimer('never') never(timer: DueTimer): void {
    this.timers.push(timer);
  }
}

const requests = new AsyncLocalStorage<string>();

class World {
  readonly store = new DynamoEventStore({
    client: new SimulatedDynamoDb().client,
    tableName: 't',
    events: [Placed, Noted],
    tenancy: {
      tenant: () => requests.getStore(),
      run: (tenant, work) => requests.run(tenant, work),
    },
  });
  readonly repository = new AggregateRepository(this.store);
  readonly readSide = new ReadSide({ store: this.store, feed: scanFeed({ everyMs: 5 }), refreshMs: 5, timerPollMs: 5 });
  readonly process = new Process(() => this);

  async start(): Promise<void> {
    await this.store.createTable();
    this.readSide.add([{ instance: new Orders() }, { instance: this.process }]);
    await this.readSide.createTables();
    this.readSide.start();
  }

  async events(aggregate = 'order'): Promise<RecordedEvent[]> {
    const found: RecordedEvent[] = [];
    for await (const event of this.store.read({ tenant: 'acme', aggregate, id: 'o-1' })) found.push(event);
    return found;
  }
}

let world: World;

beforeEach(async () => {
  world = new World();
  await world.start();
});
afterEach(async () => {
  await world.readSide.stop();
});

function place(metadata: EventMetadata) {
  return requests.run('acme', () => world.repository.save(new Order('o-1').place(), { metadata }));
}

describe('reactors and timers', () => {
  it('run in the context of the tenant, which timers carry on', async () => {
    await place({});
    await eventually('the timer has stored its event', async () => (await world.events()).length === 3);
    expect((await world.events()).map(({ event, stream }) => [stream.tenant, (event as Noted).by])).toEqual([
      ['acme', undefined],
      ['acme', 'the reactor'],
      ['acme', 'the timer'],
    ]);
    expect(world.process.timers.map(({ name, tenant }) => [name, tenant])).toEqual([['later', 'acme']]);
  });

  it('hand the correlation on, and name the event as the cause', async () => {
    await place({ correlationId: 'request-1', causationId: 'command-1' });
    await eventually('the timer has stored its event', async () => (await world.events()).length === 3);
    const [placed, ...others] = await world.events();
    expect(placed?.metadata).toMatchObject({ correlationId: 'request-1', causationId: 'command-1' });
    const cause = { correlationId: 'request-1', causationId: placed!.eventId };
    expect([...others, ...(await world.events('log'))].map(({ metadata }) => metadata)).toEqual([
      { ...cause, tenantId: 'acme' },
      { ...cause, tenantId: 'acme' },
      { ...cause, tenantId: 'acme' },
    ]);
    expect(world.process.timers).toEqual([expect.objectContaining(cause)]);
  });

  it('keep the ids that a commit has of its own', async () => {
    await place({ correlationId: 'request-1' });
    await requests.run('acme', () =>
      world.readSide.timers.schedule({ name: 'later', id: 'o-1' }, new Date(1), null, {
        correlationId: 'by hand',
        causationId: 'me',
      }),
    );
    await eventually('a timer set by hand was called', () =>
      world.process.timers.some(({ correlationId }) => correlationId === 'by hand'),
    );
    await eventually('it has stored its event', async () =>
      (await world.events()).some(({ metadata }) => metadata.causationId === 'me'),
    );
  });
});

describe('a first commit', () => {
  it('is not its own cause', async () => {
    const commit = await place({});
    const [placed] = await world.events();
    expect(commit.version).toBe(1);
    expect(placed?.metadata).toEqual({ correlationId: placed?.commitId, tenantId: 'acme' });
  });
});

describe('views and timers', () => {
  it('are those of the tenant whose request it is', async () => {
    const head = await place({});
    await world.readSide.projections.waitFor('orders', head);
    const view = world.readSide.readModels.view(orders);
    const query = { index: 'all', partition: 'all' } as const;
    expect(await requests.run('acme', () => view.get('o-1'))).toEqual({ times: 1 });
    expect(await requests.run('globex', () => view.get('o-1'))).toBeUndefined();
    await eventually(
      'the index shows it',
      async () => (await requests.run('acme', () => view.query(query))).items.length === 1,
    );
    expect((await requests.run('globex', () => view.query(query))).items).toEqual([]);
    await expect(requests.run('globex', () => view.get('o-1', { tenant: 'acme' }))).rejects.toMatchObject({
      code: 'TENANT_MISMATCH',
    });
    await expect(view.get('o-1')).rejects.toMatchObject({ code: 'TENANT_REQUIRED' });
    await expect(
      requests.run('globex', () =>
        world.readSide.timers.schedule({ name: 'later', id: 'x', tenant: 'acme' }, new Date()),
      ),
    ).rejects.toMatchObject({ code: 'TENANT_MISMATCH' });
  });
});
