import { describe, expect, it } from '@jest/globals';
import { Aggregate } from '../aggregate/aggregate.decorator.js';
import { AggregateRoot } from '../aggregate/aggregate-root.js';
import { EventHandler } from '../aggregate/event-handler.decorator.js';
import { DomainEvent } from '../event/domain-event.decorator.js';
import { scenario } from './scenario.js';

@DomainEvent({ name: 'opened' })
class Opened {
  constructor(readonly owner: string) {}
}

@DomainEvent({ name: 'closed' })
class Closed {
  constructor(readonly odd?: unknown) {}
}

class NotOpen extends Error {}

@Aggregate({ name: 'account' })
class Account extends AggregateRoot {
  owner = '';
  open = false;

  static open(id: string, owner: string): Account {
    if (owner === '') throw new Error('an owner is needed');
    const account = new Account(id);
    account.apply(new Opened(owner));
    return account;
  }

  async close(odd?: unknown): Promise<void> {
    await Promise.resolve();
    if (!this.open) throw new NotOpen('not open');
    this.apply(new Closed(odd));
  }

  @EventHandler(Opened) protected onOpened(event: Opened): void {
    this.owner = event.owner;
    this.open = true;
  }

  @EventHandler(Closed) protected onClosed(): void {
    this.open = false;
  }
}

describe('a scenario that holds', () => {
  it('sees the recorded events', async () => {
    await scenario(Account)
      .given(new Opened('ada'))
      .when((account) => account.close())
      .thenEvents(new Closed());
  });

  it('sees the events of a creation', async () => {
    await scenario(Account)
      .whenCreated(() => Account.open('a', 'ada'))
      .thenEvents(new Opened('ada'));
  });

  it('sees a refusal by class, message, pattern and function', async () => {
    const refused = scenario(Account).when((account) => account.close());
    await refused.thenThrows();
    await refused.thenThrows(NotOpen);
    await refused.thenThrows('not op');
    await refused.thenThrows(/^not/);
    await refused.thenThrows((error) => error instanceof NotOpen);
    await scenario(Account)
      .whenCreated(() => Account.open('a', ''))
      .thenThrows('owner');
  });

  it('sees that nothing happened', async () => {
    await scenario(Account)
      .given(new Opened('ada'))
      .when(() => undefined)
      .thenNothing();
  });

  it('sees the state after storing and loading', async () => {
    const closing = scenario(Account)
      .given(new Opened('ada'))
      .when((account) => account.close());
    await closing.thenState((account) => {
      expect([account.owner, account.open, account.version]).toEqual(['ada', false, 2]);
    });
  });
});

describe('a scenario that does not hold fails, and says what happened instead', () => {
  const closing = scenario(Account)
    .given(new Opened('ada'))
    .when((account) => account.close());

  it.each([
    [
      'other values',
      () =>
        scenario(Account)
          .whenCreated(() => Account.open('a', 'ada'))
          .thenEvents(new Opened('bob')),
      /Expected \[Opened \{ owner: 'bob' \}\], but recorded \[Opened \{ owner: 'ada' \}\]/,
    ],
    ['another class', () => closing.thenEvents(new Opened('ada')), /but recorded \[Closed/],
    ['a plain object in place of an event', () => closing.thenEvents({ odd: undefined }), /but recorded \[Closed/],
    ['fewer events', () => closing.thenNothing(), /Expected nothing, but recorded \[Closed/],
    ['more events', () => closing.thenEvents(new Closed(), new Closed()), /Expected \[Closed/],
    ['no refusal', () => closing.thenThrows(NotOpen), /Expected a refusal, but \[Closed/],
    [
      'an unexpected refusal',
      () =>
        scenario(Account)
          .when((account) => account.close())
          .thenEvents(new Closed()),
      /Expected no refusal, but got NotOpen/,
    ],
    [
      'another refusal',
      () =>
        scenario(Account)
          .when((account) => account.close())
          .thenThrows(TypeError),
      /but got NotOpen/,
    ],
    [
      'another message',
      () =>
        scenario(Account)
          .when((account) => account.close())
          .thenThrows('closed already'),
      /but got NotOpen/,
    ],
  ])('%s', async (_, run, message) => {
    await expect(run()).rejects.toMatchObject({ name: 'AssertionError', message: expect.stringMatching(message) });
  });

  it('an event that cannot be stored, in the past or in the present', async () => {
    const odd = scenario(Account)
      .given(new Opened('ada'))
      .when((account) => account.close(() => 1));
    await expect(odd.thenEvents(new Closed(() => 1))).rejects.toThrow();
    await expect(
      scenario(Account)
        .given(new Closed(Number.NaN))
        .when(() => undefined)
        .thenNothing(),
    ).rejects.toThrow('NaN');
  });

  it('a failing check of the state', async () => {
    await expect(
      closing.thenState((account) => {
        expect(account.open).toBe(true);
      }),
    ).rejects.toThrow();
  });
});
