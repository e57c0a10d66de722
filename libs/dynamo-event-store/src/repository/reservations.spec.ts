import { beforeEach, describe, expect, it } from '@jest/globals';
import { Aggregate } from '../aggregate/aggregate.decorator.js';
import { AggregateRoot } from '../aggregate/aggregate-root.js';
import { EventHandler } from '../aggregate/event-handler.decorator.js';
import { ConcurrencyError } from '../errors/concurrency-error.js';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { StoreUnavailableError } from '../errors/request-errors.js';
import { ValueTakenError } from '../errors/reservation-errors.js';
import { CommitIdReusedError } from '../errors/store-errors.js';
import { DomainEvent } from '../event/domain-event.decorator.js';
import type { StreamId } from '../event/stream-id.js';
import type { AppendOptions } from '../store/event-store.js';
import type { StreamHead } from '../store/stream-head.js';
import { InMemoryEventStore } from '../testing/in-memory-event-store.js';
import { AggregateRepository } from './aggregate-repository.js';

@DomainEvent({ name: 'email-set' })
class EmailSet {
  constructor(readonly email: string) {}
}

@Aggregate({ name: 'customer', snapshot: { every: 2, write: 'await' } })
class Customer extends AggregateRoot {
  email: string | undefined = undefined;

  use(email: string): this {
    this.reserveValue('email', email);
    if (this.email !== undefined && this.email !== email) this.releaseValue('email', this.email);
    this.apply(new EmailSet(email));
    return this;
  }

  reserveOnly(email: string): this {
    this.reserveValue('email', email);
    return this;
  }

  /** Other methods of common names are the domain's own. */
  reserve(quantity: number): number {
    return quantity;
  }
  release(): void {
    // Nothing to do.
  }

  @EventHandler(EmailSet) protected onEmailSet({ email }: EmailSet): void {
    this.email = email;
  }
}

@Aggregate({ name: 'confused' })
class Confused extends AggregateRoot {
  set(): void {
    this.apply(new EmailSet('x'));
  }
  @EventHandler(EmailSet) protected onEmailSet({ email }: EmailSet): void {
    this.reserveValue('email', email);
  }
}

class UnreliableStore extends InMemoryEventStore {
  readonly appended: AppendOptions[] = [];
  loseAnswers = 0;

  override async append(stream: StreamId, events: readonly object[], options: AppendOptions): Promise<StreamHead> {
    this.appended.push(options);
    const head = await super.append(stream, events, options);
    if (this.loseAnswers-- > 0)
      throw new StoreUnavailableError({ operation: 'append', table: 't' }, new Error('the answer was lost'));
    return head;
  }
}

let store: UnreliableStore;
let repository: AggregateRepository;
const customer = (id: string): Customer => new Customer(id);
const holder = async (email: string): Promise<string | undefined> => (await repository.holderOf('email', email))?.id;

beforeEach(() => {
  store = new UnreliableStore();
  repository = new AggregateRepository(store, { backoff: () => Promise.resolve(), cache: true });
});

describe('what an aggregate reserves', () => {
  it('is stored with its events; a second one that wants it is refused, and is as before', async () => {
    await repository.save(customer('a').use('ada@example.org'));
    const second = customer('b').use('ada@example.org');
    await expect(repository.save(second)).rejects.toThrow(ValueTakenError);
    expect([second.version, second.getUncommittedEvents()]).toEqual([0, [new EmailSet('ada@example.org')]]);
    await repository.update(Customer, 'a', (first) => void first.use('ada@example.com'));
    expect(await holder('ada@example.org')).toBeUndefined();
    // Saved again without another decision: what was reserved has been kept with the events.
    await repository.save(second);
    expect([await holder('ada@example.org'), await holder('ada@example.com')]).toEqual(['b', 'a']);
  });

  it('is cleared by the save, and is part of no copy and no snapshot', async () => {
    const first = customer('a').use('1');
    await repository.save(first);
    await repository.save(first.use('2'));
    await repository.save(first.use('3'));
    const again = await repository.load(Customer, 'a');
    await repository.save(again.use('4'));
    expect(store.appended.map(({ reserve, release }) => [reserve, release])).toEqual(
      [undefined, '1', '2', '3'].map((before, index) => [
        [{ scope: 'email', value: String(index + 1) }],
        before === undefined ? undefined : [{ scope: 'email', value: before }],
      ]),
    );
    expect(Object.keys(again)).not.toContain('reservations');
  });

  it('of several changes to one value is the last one', async () => {
    await repository.save(customer('a').use('1').use('2').use('1'));
    expect(store.appended).toMatchObject([
      { reserve: [{ scope: 'email', value: '1' }], release: [{ scope: 'email', value: '2' }] },
    ]);
    expect([await holder('1'), await holder('2')]).toEqual(['a', undefined]);
  });

  it('is reserved once when the answer was lost and the same object is saved again', async () => {
    const first = customer('a').use('1');
    store.loseAnswers = 1;
    await expect(repository.save(first)).rejects.toThrow(StoreUnavailableError);
    await repository.save(first);
    expect(first.version).toBe(1);
    expect(store.appended[1]!.commitId).toBe(store.appended[0]!.commitId);
    // With one value more it is another commit, and not the one that may have been stored.
    const second = customer('b').use('2');
    store.loseAnswers = 1;
    await expect(repository.save(second)).rejects.toThrow(StoreUnavailableError);
    await expect(repository.save(second.reserveOnly('3'))).rejects.toThrow(ConcurrencyError);
    expect(await holder('3')).toBeUndefined();
  });

  it('while a save is under way waits for the next one', async () => {
    const first = customer('a').use('1');
    const saving = repository.save(first);
    await Promise.resolve();
    first.use('2');
    await saving;
    expect([await holder('1'), await holder('2')]).toEqual(['a', undefined]);
    await repository.save(first);
    expect([await holder('1'), await holder('2')]).toEqual([undefined, 'a']);
  });

  it('without an event is refused, by save, saveAll and update, and as an unchanged one', async () => {
    await repository.save(customer('a').use('1'));
    const attempts = [
      () => repository.save(customer('b').reserveOnly('2')),
      () => repository.saveAll([customer('b').reserveOnly('2'), customer('c').use('3')]),
      () => repository.saveAll([customer('c').use('3')], { unchanged: [customer('b').reserveOnly('2')] }),
      () => repository.update(Customer, 'a', (first) => void first.reserveOnly('2')),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toThrow(InvalidArgumentError);
    expect([await holder('2'), await holder('3')]).toEqual([undefined, undefined]);
  });

  it('is refused in a reducer, in a constructor, and where it cannot be meant', async () => {
    @Aggregate({ name: 'eager' })
    class Eager extends AggregateRoot {
      constructor(id: string) {
        super(id);
        this.reserveValue('email', 'x');
      }
      @EventHandler(EmailSet) protected onEmailSet(): void {
        // It holds nothing.
      }
    }
    expect(() => {
      new Confused('a').set();
    }).toThrow(InvalidDefinitionError);
    await expect(repository.find(Eager, 'a')).rejects.toThrow('reserves a value');
    for (const email of ['', '\ud800', undefined as unknown as string])
      expect(() => customer('a').reserveOnly(email)).toThrow(InvalidArgumentError);
    expect(customer('a').reserve(3)).toBe(3);
  });
});

describe('an update that reserves', () => {
  it('decides again after a lost race, and reserves what the last decision wanted', async () => {
    await repository.save(customer('a').use('1'));
    let decisions = 0;
    await repository.update(Customer, 'a', async (first) => {
      decisions += 1;
      first.use(`decision ${decisions}`);
      if (decisions === 1) {
        const stream = { aggregate: 'customer', id: 'a' };
        await store.append(stream, [new EmailSet('by another')], { expected: 'any' });
      }
    });
    expect(decisions).toBe(2);
    expect([await holder('decision 1'), await holder('decision 2')]).toEqual([undefined, 'a']);
  });

  it('is not decided again when the value is taken', async () => {
    await repository.saveAll([customer('a').use('1'), customer('b').use('2')]);
    let decisions = 0;
    const update = repository.update(Customer, 'b', (second) => {
      decisions += 1;
      second.use('1');
    });
    await expect(update).rejects.toThrow(ValueTakenError);
    expect([decisions, (await repository.load(Customer, 'b')).email]).toEqual([1, '2']);
  });

  it('and is repeated with its key is answered as the first time, though the value has gone to another since', async () => {
    await repository.save(customer('a').use('1'));
    const change = (email: string) =>
      repository.update(Customer, 'a', (first) => void first.use(email), { idempotencyKey: 'k' });
    const head = await change('2');
    await repository.update(Customer, 'a', (first) => void first.use('3'));
    await repository.save(customer('b').use('2'));
    expect(await change('2')).toMatchObject({ version: head.version, repeated: true });
    await expect(change('4')).rejects.toThrow(CommitIdReusedError);
    expect([await holder('2'), await holder('3')]).toEqual(['b', 'a']);
  });
});

it('a purge frees what the aggregate holds', async () => {
  await repository.save(customer('a').use('1'));
  await repository.close(Customer, 'a');
  expect(await holder('1')).toBe('a');
  await repository.purge(Customer, 'a');
  await repository.save(customer('b').use('1'));
  expect(await holder('1')).toBe('b');
});
