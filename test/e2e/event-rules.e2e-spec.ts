import { afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger, type INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  Aggregate,
  AggregateRoot,
  DomainEvent,
  DynamoEventStore,
  DynamoEventStoreModule,
  EventHandler,
  getRepositoryToken,
  UnknownEvent,
  type DynamoEventStoreModuleOptions,
  type EventValidator,
  type Repository,
} from 'nestjs-dynamo-event-store';
import { testClient, uniqueTableName } from '../support/dynamodb.js';

@DomainEvent({ name: 'counted' })
class Counted {
  constructor(readonly by: number) {}
}
/** Known to a former version of the application only. */
@DomainEvent({ name: 'retired' })
class Retired {
  readonly at = 1;
}
@Aggregate({ name: 'counter' })
class Counter extends AggregateRoot {
  total = 0;
  readonly unknown: string[] = [];
  count(by: number): this {
    this.apply(new Counted(by));
    return this;
  }
  @EventHandler(Counted) protected onCounted({ by }: Counted): void {
    this.total += by;
  }
  @EventHandler(UnknownEvent) protected onUnknown({ type }: UnknownEvent): void {
    this.unknown.push(type);
  }
}

const client = testClient();
const tableName = uniqueTableName('event-rules');
let app: INestApplicationContext | undefined;

async function countersWith(options: Partial<DynamoEventStoreModuleOptions>): Promise<Repository<Counter>> {
  const imports = [
    DynamoEventStoreModule.forRoot({ client, tableName, ...options }),
    DynamoEventStoreModule.forFeature([Counter]),
  ];
  app = await (await Test.createTestingModule({ imports }).compile()).init();
  return app.get<Repository<Counter>>(getRepositoryToken(Counter));
}

beforeAll(() => new DynamoEventStore({ client, tableName }).createTable());
afterEach(async () => {
  await app?.close();
  app = undefined;
  jest.restoreAllMocks();
});

describe('options of a module that rule over events', () => {
  it('`validation`: a validator refuses a save, and with `onRead` what is stored already', async () => {
    const positive: EventValidator = {
      validate: (event, { name }) =>
        name === 'counted' && (event as Counted).by <= 0 ? [{ path: 'by', message: 'must be positive' }] : [],
    };
    await (await countersWith({})).save(new Counter('old').count(0));
    await app?.close();
    const counters = await countersWith({ validation: { validators: [positive], onRead: true } });
    await counters.save(new Counter('new').count(1));
    const refused = { code: 'EVENT_INVALID', issues: [{ path: 'by', message: 'must be positive' }] };
    await expect(counters.save((await counters.load('new')).count(-1))).rejects.toMatchObject(refused);
    expect((await counters.load('new')).total).toBe(1);
    await expect(counters.load('old')).rejects.toMatchObject(refused);
  });

  it('`unknownEvents`: stored events that nobody knows fail the load, are left out with a warning, or given raw', async () => {
    const stream = { aggregate: 'counter', id: 'mixed' };
    const former = new DynamoEventStore({ client, tableName, events: [Counted, Retired] });
    await former.append(stream, [new Counted(2), new Retired()], { expected: 'none' });
    await expect((await countersWith({})).load('mixed')).rejects.toMatchObject({ code: 'UNKNOWN_EVENT' });
    await app?.close();
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    expect(await (await countersWith({ unknownEvents: 'skip' })).load('mixed')).toMatchObject({
      total: 2,
      unknown: [],
    });
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('retired'));
    await app?.close();
    expect(await (await countersWith({ unknownEvents: 'raw' })).load('mixed')).toMatchObject({
      total: 2,
      unknown: ['retired'],
    });
  });
});
