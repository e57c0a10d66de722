import { afterEach, describe, expect, it } from '@jest/globals';
import {
  DataSubject,
  defineView,
  DomainEvent,
  DynamoEventStore,
  LocalKeyProvider,
  On,
  PersonalData,
  Projection,
  Reactor,
  ReadSide,
  scanFeed,
  type RecordedEvent,
  type ViewWriter,
} from 'nestjs-dynamo-event-store';
import { SimulatedDynamoDb } from 'nestjs-dynamo-event-store/testing';
import { eventually } from '../support/eventually.js';

@DomainEvent({ name: 'registered' })
class Registered {
  @DataSubject() readonly customerId: string;
  @PersonalData({ fallback: 'erased' }) readonly name: string;
  constructor(customerId: string, name: string) {
    this.customerId = customerId;
    this.name = name;
  }
}
@DomainEvent({ name: 'visited' })
class Visited {}

interface Contact {
  readonly customerId: string;
  readonly name: string;
  readonly visits: number;
}
const personal = { subject: ({ customerId }: Contact) => customerId, fields: { name: 'erased' } };
const contacts = defineView<Contact>({ name: 'contacts', keyedBy: 'stream', personal });
const shared = defineView<Contact>({ name: 'shared', projection: 'contacts', keyedBy: 'key', personal });
const plain = defineView<Contact>({ name: 'plain', keyedBy: 'stream' });

const gates: Gate[] = [];

/** Holds a method up: `reached` once it is there, and on until `open`. */
class Gate {
  private let: () => void = () => undefined;
  private arrive: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => (this.let = resolve));
  readonly reached = new Promise<void>((resolve) => (this.arrive = resolve));
  private used = false;

  constructor() {
    gates.push(this);
  }

  async pass(): Promise<void> {
    if (this.used) return;
    this.used = true;
    this.arrive();
    await this.opened;
  }

  open(): void {
    this.let();
  }
}

const STREAM = { aggregate: 'customer', id: 'c-1' };
const running: ReadSide[] = [];

function storeOn(database: SimulatedDynamoDb, forgetWithinMs: number): DynamoEventStore {
  return new DynamoEventStore({
    client: database.clientFor(),
    tableName: 't',
    events: [Registered, Visited],
    personalData: { keys: new LocalKeyProvider({ keys: { k: Buffer.alloc(32, 1) } }), forgetWithinMs },
  });
}

async function start(instance: object, forgetWithinMs = 50) {
  const database = new SimulatedDynamoDb();
  const store = storeOn(database, forgetWithinMs);
  await store.createTable();
  const readSide = new ReadSide({ store, feed: scanFeed({ everyMs: 5 }), refreshMs: 5, retryPauseMs: () => 1 });
  readSide.add([{ instance }]);
  await readSide.createTables();
  readSide.start();
  running.push(readSide);
  const register = (name = 'Ada Lovelace') =>
    store.append(STREAM, [new Registered('person-7', name)], { expected: 'any' });
  const settled = async (name: string) => readSide.projections.waitFor(name, await store.head(STREAM));
  // Other processes, whose caches this one cannot see.
  const [other, third] = [storeOn(database, forgetWithinMs), storeOn(database, forgetWithinMs)];
  return { store, other, third, readSide, register, settled, isKnown: () => store.dataSubjects.isKnown('person-7') };
}

afterEach(async () => {
  for (const gate of gates.splice(0)) gate.open();
  for (const readSide of running.splice(0)) await readSide.stop();
});

describe('a step that has an event of a person at hand who is forgotten meanwhile', () => {
  for (const place of ['this', 'another'] as const)
    it(`is decided again on what is left, when the person is forgotten in ${place} process`, async () => {
      const gate = new Gate();
      const seen: string[] = [];
      @Projection({ name: 'contacts', version: 1, views: [contacts] })
      class Contacts {
        @On(Registered) async registered(
          { customerId, name }: Registered,
          { stream }: RecordedEvent,
          views: ViewWriter,
        ) {
          await gate.pass();
          seen.push(name);
          views.of(contacts).put(stream.id, { customerId, name, visits: 0 });
        }
      }
      const { store, other, readSide, register, settled, isKnown } = await start(new Contacts());
      await register();
      await gate.reached;
      await (place === 'this' ? store : other).dataSubjects.forget('person-7');
      gate.open();
      await settled('contacts');
      expect(await readSide.readModels.view(contacts).get('c-1')).toMatchObject({ name: 'erased' });
      expect(await isKnown()).toBe(false);
      expect(seen).toEqual(['Ada Lovelace', 'erased']);
    });

  it('gets the event anew at its next try after a failure', async () => {
    const gate = new Gate();
    const seen: string[] = [];
    @Projection({ name: 'contacts', version: 1, views: [contacts] })
    class Contacts {
      @On(Registered) async registered({ customerId, name }: Registered, { stream }: RecordedEvent, views: ViewWriter) {
        seen.push(name);
        await gate.pass();
        if (seen.length < 3) throw new Error('downstream is down');
        views.of(contacts).put(stream.id, { customerId, name, visits: 0 });
      }
    }
    const { store, readSide, register, settled, isKnown } = await start(new Contacts());
    await register();
    await gate.reached;
    await store.dataSubjects.forget('person-7');
    gate.open();
    await settled('contacts');
    expect(await readSide.readModels.view(contacts).get('c-1')).toMatchObject({ name: 'erased' });
    expect(await isKnown()).toBe(false);
    expect(seen).toEqual(['Ada Lovelace', 'erased', 'erased']);
  });

  it('stores nothing of the person in a view without personal fields', async () => {
    const gate = new Gate();
    @Projection({ name: 'plain', version: 1, views: [plain] })
    class Plain {
      @On(Registered) async registered({ customerId, name }: Registered, { stream }: RecordedEvent, views: ViewWriter) {
        await gate.pass();
        views.of(plain).put(stream.id, { customerId, name, visits: 0 });
      }
    }
    const { store, readSide, register, settled } = await start(new Plain());
    await register();
    await gate.reached;
    await store.dataSubjects.forget('person-7');
    gate.open();
    await settled('plain');
    expect(await readSide.readModels.view(plain).get('c-1')).toMatchObject({ name: 'erased' });
  });

  it('does not put the former name under the key of a person who comes back', async () => {
    const gate = new Gate();
    @Projection({ name: 'contacts', version: 1, views: [contacts] })
    class Contacts {
      @On(Registered) async registered({ customerId, name }: Registered, { stream }: RecordedEvent, views: ViewWriter) {
        await gate.pass();
        await views.of(contacts).update(stream.id, (before) => before ?? { customerId, name, visits: 0 });
      }
    }
    const { other, third, readSide, settled } = await start(new Contacts(), 1_000);
    // Not by the process with the projection, which would have the key in its cache.
    await other.append(STREAM, [new Registered('person-7', 'Ada Lovelace')], { expected: 'none' });
    await gate.reached;
    const forgotten = other.dataSubjects.forget('person-7');
    // As soon as the old key is gone, and before the process with the projection need know of it.
    await eventually('the old key is gone', async () => !(await other.dataSubjects.isKnown('person-7')));
    await third.append(STREAM, [new Registered('person-7', 'Ada Byron')], { expected: 'any' });
    gate.open();
    await settled('contacts');
    await forgotten;
    expect(await readSide.readModels.view(contacts).get('c-1')).toMatchObject({ name: 'erased' });
    expect(await third.dataSubjects.isKnown('person-7')).toBe(true);
  });
});

describe('a view item that is read and written while its person is forgotten', () => {
  for (const [name, view] of [
    ['keyed by stream', contacts],
    ['keyed by a key of its own', shared],
  ] as const)
    it(`shows the fallback when it is ${name}`, async () => {
      const gate = new Gate();
      @Projection({ name: 'contacts', version: 1, views: [contacts, shared] })
      class Contacts {
        @On(Registered) registered({ customerId, name }: Registered, { stream }: RecordedEvent, views: ViewWriter) {
          views.of(view).put(stream.id, { customerId, name, visits: 0 });
        }
        @On(Visited) async visited(_: Visited, { stream }: RecordedEvent, views: ViewWriter) {
          const before = await views.of(view).get(stream.id);
          await gate.pass();
          if (before !== undefined) views.of(view).put(stream.id, { ...before, visits: before.visits + 1 });
        }
      }
      const { store, readSide, register, settled, isKnown } = await start(new Contacts());
      await register();
      await settled('contacts');
      await store.append(STREAM, [new Visited()], { expected: 'any' });
      await gate.reached;
      await store.dataSubjects.forget('person-7');
      gate.open();
      await settled('contacts');
      expect(await readSide.readModels.view(view).get('c-1')).toEqual({
        customerId: 'person-7',
        name: 'erased',
        visits: 1,
      });
      expect(await isKnown()).toBe(false);
    });
});

describe('a reactor', () => {
  it('gets the event anew at its next try, and its effects are not repeated', async () => {
    const gate = new Gate();
    const seen: string[] = [];
    @Reactor({ name: 'mails', from: 'beginning' })
    class Mails {
      @On(Registered) async registered({ name }: Registered) {
        seen.push(name);
        await gate.pass();
        if (seen.length === 1) throw new Error('the mail server is down');
      }
    }
    const { store, register, settled } = await start(new Mails());
    await register();
    await gate.reached;
    await store.dataSubjects.forget('person-7');
    gate.open();
    await settled('mails');
    expect(seen).toEqual(['Ada Lovelace', 'erased']);
  });
});

describe('renewKey()', () => {
  it('makes no key for somebody who is forgotten', async () => {
    const store = storeOn(new SimulatedDynamoDb(), 0);
    await store.createTable();
    await store.append(STREAM, [new Registered('person-7', 'Ada')], { expected: 'none' });
    await store.dataSubjects.forget('person-7');
    await store.dataSubjects.renewKey('person-7');
    expect(await store.dataSubjects.isKnown('person-7')).toBe(false);
  });
});
