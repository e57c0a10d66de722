import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Inject, Injectable, Logger, Scope, type INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  AggregateRepository,
  defineView,
  DynamoEventStore,
  DynamoEventStoreModule,
  getProjectionsToken,
  getReadModelStoreToken,
  InjectTimers,
  On,
  OnAny,
  OnTimer,
  Projection,
  ProgressFence,
  Projections,
  Reactor,
  ReadModelStore,
  scanFeed,
  Timers,
  type DueTimer,
  type DynamoEventStoreModuleOptions,
  type RecordedEvent,
  type ViewWriter,
} from 'nestjs-dynamo-event-store';
import { testClient, uniqueTableName } from '../support/dynamodb.js';
import { eventually } from '../support/eventually.js';
import { recordingClient } from '../support/recording-client.js';
import { Cart, carts, CartsProjection, ItemAdded, products, ProductsProjection } from '../support/shop.js';
import { MemoryFence } from '../support/subscriptions.js';

const tableName = uniqueTableName('read-side');
const client = testClient();
const readSide = { refreshMs: 20, leaseMs: 200, timerPollMs: 20 };
const following = { client, tableName, createTable: true, readSide, feed: scanFeed({ everyMs: 20, leaseMs: 200 }) };
let app: INestApplicationContext | undefined;

function compile(options: DynamoEventStoreModuleOptions & { name?: string }, providers: unknown[] = []) {
  return Test.createTestingModule({
    imports: [DynamoEventStoreModule.forRoot(options), DynamoEventStoreModule.forFeature([Cart], options.name)],
    providers: providers as never[],
  }).compile();
}

async function start(...args: Parameters<typeof compile>): Promise<INestApplicationContext> {
  app = await (await compile(...args)).init();
  return app;
}

beforeAll(() => new DynamoEventStore({ client, tableName }).createTable());
afterEach(async () => {
  await app?.close();
  app = undefined;
  jest.restoreAllMocks();
});

describe('projections in an application', () => {
  it('are found among the providers, follow what is saved, and are read by their views', async () => {
    const context = await start(following, [CartsProjection, ProductsProjection]);
    const cart = new Cart(uniqueTableName('c'));
    cart.add('tea', 2);
    cart.note('x');
    const head = await context.get(AggregateRepository).save(cart);
    const projections = context.get(Projections);
    await projections.waitFor(CartsProjection, head);
    await projections.waitFor('products', head);
    const views = context.get(ReadModelStore);
    expect(await views.view(carts).get(cart.id)).toEqual({ items: 2, versions: [1] });
    expect(await views.view(products).get('tea')).toMatchObject({ quantity: 2 });
    expect((await projections.statuses()).map(({ name }) => name)).toEqual(['carts', 'products']);
  });

  it('can be read, and waited for, where they do not run', async () => {
    const running = await (await compile(following, [CartsProjection])).init();
    const context = await start({ client, tableName, readSide }, [CartsProjection]);
    const cart = new Cart(uniqueTableName('c'));
    cart.add('tea', 3);
    await context.get(Projections).waitFor('carts', await context.get(AggregateRepository).save(cart));
    expect(await context.get(ReadModelStore).view(carts).get(cart.id)).toMatchObject({ items: 3 });
    await running.close();
  });

  it('take their fence from the container, by class or token', async () => {
    const fences = [new MemoryFence(), new MemoryFence()];
    @Projection({ name: 'by-class', fence: MemoryFence, from: 'now' })
    class ByClass {
      @On(ItemAdded) added(_: ItemAdded, { version }: RecordedEvent, effects: number[]): void {
        effects.push(version);
      }
    }
    @Projection({ name: 'by-token', fence: 'FENCE', from: 'now' })
    class ByToken {
      @On(ItemAdded) added(_: ItemAdded, { version }: RecordedEvent, effects: number[]): void {
        effects.push(version);
      }
    }
    const context = await start(following, [
      ByClass,
      ByToken,
      { provide: MemoryFence, useValue: fences[0] },
      { provide: 'FENCE', useValue: fences[1] as ProgressFence },
    ]);
    const cart = new Cart(uniqueTableName('c'));
    cart.add('tea');
    const head = await context.get(AggregateRepository).save(cart);
    await context.get(Projections).waitFor(ByClass, head);
    await context.get(Projections).waitFor(ByToken, head);
    expect(fences.map((fence) => fence.effectsOf(head.stream))).toEqual([[1], [1]]);
  });

  it('finish what is in hand when the application closes', async () => {
    let begun = false;
    let finished = false;
    @Reactor({ name: 'slow' })
    class Slow {
      @On(ItemAdded) async added(): Promise<void> {
        begun = true;
        await new Promise((resolve) => setTimeout(resolve, 100));
        finished = true;
      }
    }
    const context = await start(following, [Slow]);
    const cart = new Cart(uniqueTableName('c'));
    cart.add('tea');
    await context.get(AggregateRepository).save(cart);
    await eventually('the event is in hand', () => begun);
    await context.close();
    expect(finished).toBe(true);
    app = undefined;
  });

  it('are reported to the log when they fail', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    @Reactor({ name: 'failing', attempts: 2 })
    class Failing {
      @On(ItemAdded) added(): void {
        throw new Error('no way');
      }
    }
    const context = await start({ ...following, readSide: { ...readSide, retryPauseMs: () => 1 } }, [Failing]);
    const cart = new Cart(uniqueTableName('c'));
    cart.add('tea');
    const head = await context.get(AggregateRepository).save(cart);
    await expect(context.get(Projections).waitFor('failing', head)).rejects.toMatchObject({ code: 'STREAM_PARKED' });
    const what = `failing@1 failed at version 1 of cart/${cart.id}`;
    expect(warn).toHaveBeenCalledWith(`${what} (try 1)`, expect.stringContaining('no way'));
    expect(error).toHaveBeenCalledWith(`${what} (try 2); the stream is parked.`, expect.stringContaining('no way'));
    expect(await context.get(Projections).resumeStream(Failing, head.stream)).toBe(true);
  });
});

describe('reactors in an application', () => {
  it('set timers that call them', async () => {
    const seen: string[] = [];
    @Reactor({ name: 'reminders' })
    class Reminders {
      constructor(@Inject(Timers) private readonly timers: Timers) {}
      @On(ItemAdded) added(_: ItemAdded, { stream }: RecordedEvent): Promise<void> {
        return this.timers.schedule({ name: 'remind', id: stream.id }, new Date(Date.now() + 30), 'buy');
      }
      @OnTimer('remind') remind({ id, data }: DueTimer): void {
        seen.push(`${id} ${JSON.stringify(data)}`);
      }
    }
    const context = await start(following, [Reminders]);
    const cart = new Cart(uniqueTableName('c'));
    cart.add('tea');
    await context.get(AggregateRepository).save(cart);
    await eventually('the timer is called', () => seen.length > 0);
    expect(seen).toEqual([`${cart.id} "buy"`]);
  });
});

describe('named stores', () => {
  it('run the projections that name them, on tables of their own', async () => {
    const audits = defineView<{ events: number }>({ name: 'audits', keyedBy: 'stream' });
    const seen: string[] = [];
    @Projection({ name: 'audits', store: 'audit', views: [audits] })
    class Audits {
      constructor(@InjectTimers('audit') readonly timers: Timers) {}
      @OnAny() async any(_: object, { stream }: RecordedEvent, views: ViewWriter): Promise<void> {
        seen.push(stream.id);
        await views.of(audits).update(stream.id, (audit) => ({ events: (audit?.events ?? 0) + 1 }));
      }
    }
    const context = await Test.createTestingModule({
      imports: [
        DynamoEventStoreModule.forRoot(following),
        DynamoEventStoreModule.forRoot({ ...following, name: 'audit', tableName: uniqueTableName('audit') }),
        DynamoEventStoreModule.forFeature([Cart]),
        DynamoEventStoreModule.forFeature([Cart], 'audit'),
      ],
      providers: [CartsProjection, Audits],
    })
      .compile()
      .then((compiled) => compiled.init());
    app = context;
    const cart = new Cart(uniqueTableName('c'));
    cart.add('tea');
    const head = await context.get<AggregateRepository>('AggregateRepository:audit').save(cart);
    const projections = context.get<Projections>(getProjectionsToken('audit'));
    await projections.waitFor('audits', head);
    expect(await context.get<ReadModelStore>(getReadModelStoreToken('audit')).view(audits).get(cart.id)).toEqual({
      events: 1,
    });
    expect([projections.names, context.get(Projections).names]).toEqual([['audits'], ['carts']]);
    expect(seen).toEqual([cart.id]);
  });
});

describe('what fails the boot', () => {
  const boot = async (...providers: unknown[]) => {
    const compiled = await compile({ client, tableName }, providers);
    try {
      await compiled.init();
    } catch (error) {
      return error;
    } finally {
      await compiled.close().catch(() => undefined);
    }
    return undefined;
  };

  it.each([
    ['request-scoped', Scope.REQUEST],
    ['transient', Scope.TRANSIENT],
  ])('a projection that is %s', async (_, scope) => {
    @Injectable({ scope })
    @Projection({ name: 'scoped' })
    class Scoped {
      @On(ItemAdded) added(): void {
        throw new Error('not reached');
      }
    }
    expect(await boot(Scoped)).toMatchObject({
      code: 'INVALID_DEFINITION',
      message: expect.stringContaining('Scoped'),
      faults: [expect.stringContaining('request-scoped or transient, or something that it injects is')],
    });
  });

  it('a projection that injects something request-scoped', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {}
    @Projection({ name: 'indirect' })
    class Indirect {
      constructor(@Inject(PerRequest) readonly perRequest: PerRequest) {}
      @On(ItemAdded) added(): void {
        throw new Error('not reached');
      }
    }
    expect(await boot(PerRequest, Indirect)).toMatchObject({
      code: 'INVALID_DEFINITION',
      faults: [expect.stringContaining('request-scoped')],
    });
  });

  it('two projections of one name', async () => {
    @Projection({ name: 'carts' })
    class Other {
      @On(ItemAdded) added(): void {
        throw new Error('not reached');
      }
    }
    expect(await boot(CartsProjection, Other)).toMatchObject({
      faults: ['There is another projection or reactor named "carts".'],
    });
  });

  it('a projection of a store that there is not', async () => {
    @Projection({ name: 'lost', store: 'adit' })
    class Lost {
      @On(ItemAdded) added(): void {
        throw new Error('not reached');
      }
    }
    expect(await boot(Lost)).toMatchObject({ faults: ['It belongs to a store named "adit", but there is none.'] });
  });

  it('a faulty definition, with all its faults', async () => {
    @Projection({ name: '', version: 0 })
    class Faulty {}
    expect(await boot(Faulty)).toMatchObject({
      faults: [expect.any(String), expect.any(String), 'It has no method with @On.'],
    });
  });
});

describe('what it costs', () => {
  it('an append is one PutItem of the same units, with and without projections', async () => {
    const units: unknown[] = [];
    for (const providers of [[], [CartsProjection, ProductsProjection]]) {
      const recording = recordingClient();
      const context = await start(
        { ...following, client: recording.client, feed: scanFeed({ everyMs: 60_000 }) },
        providers,
      );
      const own = (table: unknown) => recording.requests.filter(({ input }) => input['TableName'] === table);
      await eventually('the first scan is over', async () =>
        (await context.get(Projections).statuses()).every(({ active }) => active.build === undefined),
      );
      recording.reset();
      const cart = new Cart(uniqueTableName('c'));
      cart.add('tea');
      await context.get(AggregateRepository).save(cart);
      const writes = own(tableName).filter(({ operation }) => operation !== 'Scan' && operation !== 'DescribeTable');
      expect(writes.map(({ operation }) => operation)).toEqual(['PutItem']);
      units.push(writes[0]?.capacity?.CapacityUnits);
      await context.close();
      app = undefined;
      recording.client.destroy();
    }
    expect(units[0]).toBeGreaterThan(0);
    expect(units[1]).toBe(units[0]);
  });

  it('a boot without a feed reads one record of each projection, which tells the layout of its views', async () => {
    const recording = recordingClient();
    const options = { client: recording.client, tableName: uniqueTableName('no-feed') };
    const application = await start(options, [CartsProjection, ProductsProjection]);
    await application.close();
    expect(recording.operations()).toEqual(['GetItem', 'GetItem']);
    recording.client.destroy();
  });
});
