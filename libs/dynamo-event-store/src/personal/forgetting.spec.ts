import { DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { AggregateRepository, DynamoEventStore, LocalKeyProvider, type EventStore } from 'nestjs-dynamo-event-store';
import { SimulatedDynamoDb } from 'nestjs-dynamo-event-store/testing';
import { Person, Renamed } from '../../../../test/support/people.js';

const KEYS = new LocalKeyProvider({ keys: { k1: Buffer.alloc(32, 1) } });

type Client = ReturnType<SimulatedDynamoDb['clientFor']>;
type Send = (command: { readonly constructor: { readonly name: string }; readonly input: Input }) => Promise<unknown>;
interface Input {
  readonly TableName?: string;
  readonly Item?: Readonly<Record<string, { readonly S?: string }>>;
  readonly Key?: Readonly<Record<string, { readonly S?: string }>>;
}
/** What is to happen around a request; `send` makes it. */
type Around = (request: string, send: () => Promise<unknown>) => Promise<unknown>;

/** A client whose requests to the store or to the control table can be held up or repeated, as networks do. */
function clientWith(database: SimulatedDynamoDb, around: Around): Client {
  const client = database.clientFor();
  const send = client.send.bind(client) as unknown as Send;
  const through: Send = (command) => {
    const { TableName = '', Item, Key } = command.input;
    const key = Object.values({ ...Item, ...Key })
      .map(({ S = '' }) => S)
      .join(' ');
    return around(`${command.constructor.name.replace('Command', '')} ${TableName} ${key}`, () => send(command));
  };
  return Object.assign(Object.create(client) as Client, { send: through });
}

class World {
  readonly database = new SimulatedDynamoDb();

  async process(around: Around = (_, send) => send()): Promise<DynamoEventStore> {
    const store = new DynamoEventStore({
      client: clientWith(this.database, around),
      tableName: 't',
      events: [Renamed],
      personalData: { keys: KEYS, forgetWithinMs: 0 },
      backoff: () => Promise.resolve(),
    });
    await store.createTable();
    return store;
  }
}

async function namesOf(store: EventStore, id: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { event } of store.read<Renamed>({ aggregate: 'person', id })) names.push(event.name);
  return names;
}

function rename(store: EventStore, id: string, name: string) {
  return store.append({ aggregate: 'person', id }, [new Renamed(name)], { expected: 'any' });
}

/** Lets the first matching request wait at a gate. */
function gateAt(pattern: RegExp, when: 'before' | 'after' = 'before') {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  let reach = (): void => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  let used = false;
  const around: Around = async (request, send) => {
    if (used || !pattern.test(request)) return send();
    used = true;
    const answer = when === 'after' ? await send() : undefined;
    reach();
    await opened;
    return answer ?? send();
  };
  return {
    around,
    reached,
    open: () => {
      open();
    },
  };
}

describe('forgetting', () => {
  it('does not lose the new key of somebody who comes back meanwhile', async () => {
    const world = new World();
    const gate = gateAt(/^DeleteItem t-control data-subject/);
    const [slow, other] = [await world.process(gate.around), await world.process()];
    await rename(slow, 'ann', 'one');
    const forgetting = slow.dataSubjects.forget('ann');
    await gate.reached;
    // The old key is gone, so another process makes a new one before the old one's record is deleted.
    await rename(other, 'ann', 'two');
    gate.open();
    await forgetting;
    await other.dataSubjects.forget('ann');
    expect(await namesOf(await world.process(), 'ann')).toEqual(['erased', 'erased']);
  });

  it('is not undone by a cache that an append under way comes back to', async () => {
    const world = new World();
    const gate = gateAt(/^PutItem t .*person#ann/, 'after');
    const [store, other] = [await world.process(gate.around), await world.process()];
    const repository = new AggregateRepository(store, { cache: {} });
    await rename(store, 'bob', 'Bob');
    await repository.load(Person, 'bob');
    const person = new Person('ann');
    person.apply(new Renamed('Ann Archer'));
    const saving = repository.save(person);
    await gate.reached;
    await other.dataSubjects.forget('ann');
    // Makes the process learn that somebody was forgotten.
    await repository.load(Person, 'bob');
    gate.open();
    await saving;
    expect((await repository.load(Person, 'ann')).name).toBe('erased');
    expect((await new AggregateRepository(await world.process()).load(Person, 'ann')).name).toBe('erased');
  });

  it('can be repeated after a crash at each of its steps, and is whole then', async () => {
    for (const step of [
      /^PutItem t-control data-key/,
      /^DeleteItem t-control data-subject/,
      /^PutItem t-control erasures/,
    ]) {
      const world = new World();
      let crash = false;
      const dying = await world.process((request, send) =>
        crash && step.test(request) ? Promise.reject(new Error('crashed')) : send(),
      );
      const reader = await world.process();
      await rename(dying, 'ann', 'one');
      expect(await namesOf(reader, 'ann')).toEqual(['one']);
      crash = true;
      await expect(dying.dataSubjects.forget('ann')).rejects.toThrow();
      await (await world.process()).dataSubjects.forget('ann');
      for (const store of [reader, await world.process()]) expect(await namesOf(store, 'ann')).toEqual(['erased']);
      await rename(reader, 'ann', 'two');
      expect(await namesOf(await world.process(), 'ann')).toEqual(['erased', 'two']);
    }
  });

  it('beside appends, renewals and rewrapping leaves nothing readable that was there before', async () => {
    const world = new World();
    const stores = await Promise.all([1, 2, 3].map(() => world.process()));
    const [one, two, three] = stores as [DynamoEventStore, DynamoEventStore, DynamoEventStore];
    for (let round = 0; round < 15; round++) {
      const id = `p-${round}`;
      await rename(one, id, 'before');
      await Promise.all([
        one.dataSubjects.forget(id),
        two.dataSubjects.renewKey(id),
        three.dataSubjects.rewrap(),
        rename(two, id, 'beside'),
        rename(three, id, 'beside'),
      ]);
      expect((await namesOf(await world.process(), id))[0]).toBe('erased');
      await two.dataSubjects.forget(id);
      for (const store of [...stores, await world.process()])
        expect(await namesOf(store, id)).toEqual(['erased', 'erased', 'erased']);
    }
  });
});

describe('a key', () => {
  it('that was stored although the answer was lost is kept', async () => {
    const world = new World();
    let lost = 0;
    // As the SDK does it: the request is made again, and now finds what the first one has stored.
    const store = await world.process(async (request, send) => {
      if (request.startsWith('PutItem t-control data-subject') && lost++ === 0) await send();
      return send();
    });
    await rename(store, 'ann', 'one');
    expect(lost).toBe(1);
    expect(await namesOf(await world.process(), 'ann')).toEqual(['one']);
    const { Items = [] } = await world.database.clientFor().send(new ScanCommand({ TableName: 't-control' }));
    expect(Items.filter(({ pk }) => pk?.S === 'data-key')).toHaveLength(1);
  });

  it('that was renewed does not keep a repeated command from being recognised', async () => {
    const store = await new World().process();
    const stream = { aggregate: 'person', id: 'ann' };
    const keyed = { expected: 'any', idempotencyKey: 'k' } as const;
    const head = await store.append(stream, [new Renamed('one')], keyed);
    await store.dataSubjects.renewKey('ann');
    expect(await store.append(stream, [new Renamed('one')], keyed)).toMatchObject({
      version: head.version,
      repeated: true,
    });
    await expect(store.append(stream, [new Renamed('two')], keyed)).rejects.toMatchObject({ code: 'COMMIT_ID_REUSED' });
  });

  it('whose record was lost, although nobody was forgotten, is not replaced in silence', async () => {
    const world = new World();
    const store = await world.process();
    await rename(store, 'ann', 'one');
    const client = world.database.clientFor();
    const { Items = [] } = await client.send(new ScanCommand({ TableName: 't-control' }));
    for (const { pk, sk } of Items)
      if (pk?.S === 'data-key' && sk !== undefined)
        await client.send(new DeleteItemCommand({ TableName: 't-control', Key: { pk, sk } }));
    const other = await world.process();
    for (const attempt of [() => rename(other, 'ann', 'two'), () => namesOf(other, 'ann')])
      await expect(attempt()).rejects.toMatchObject({ code: 'SUBJECT_KEYS_MISSING' });
    // What is lost is lost; forgetting the person still makes it a fallback.
    await other.dataSubjects.forget('ann');
    expect(await namesOf(await world.process(), 'ann')).toEqual(['erased']);
  });
});
