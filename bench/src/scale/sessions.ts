import { AggregateRepository, DynamoEventStore } from 'nestjs-dynamo-event-store';
import { clientConfig } from '../contestants/client-config.js';
import { Account, AccountWithSnapshots } from './account.js';
import { BareAccounts } from './bare-accounts.js';
import { balanceAfter, bookingAt } from './bookings.js';
import { buildSession } from './build-session.js';
import type { Case } from './cases.js';

/** A case made ready on one engine. */
export interface Session {
  run(index: number): Promise<void>;
  /** What is wrong with what was read, or with what is stored now. */
  verify(): Promise<string | undefined>;
}

export interface Place {
  readonly endpoint: string;
  readonly table: string;
  /** Whether what is written there can be read back. */
  readonly stores: boolean;
}

interface Loaded {
  readonly version: number;
  readonly balance: number;
}

/** Everything of the library that works at one place. */
export class Accounts {
  readonly store: DynamoEventStore;
  readonly bare: BareAccounts;
  /** A class of aggregates has one repository here, since both classes share a name. */
  private readonly plain: AggregateRepository;
  private readonly withSnapshots: AggregateRepository;

  constructor(readonly place: Place) {
    const { endpoint, table } = place;
    this.store = new DynamoEventStore({ tableName: table, clientConfig: clientConfig(endpoint) });
    this.bare = new BareAccounts(endpoint, table);
    this.plain = new AggregateRepository(this.store);
    this.withSnapshots = new AggregateRepository(this.store);
  }

  repositoryOf(by: Case['by']): AggregateRepository {
    return by === 'snapshots' ? this.withSnapshots : this.plain;
  }

  open({ by, stream }: Case): Promise<Account> {
    return this.repositoryOf(by).load(by === 'snapshots' ? AccountWithSnapshots : Account, stream);
  }

  async load(each: Case): Promise<Loaded> {
    if (each.by === 'bare') return this.bare.load(each.stream);
    const { version, balance } = await this.open(each);
    return { version, balance };
  }
}

export function makeSession(accounts: Accounts, each: Case): Promise<Session> {
  switch (each.verb) {
    case 'load':
      return Promise.resolve(loadSession(accounts, each));
    case 'append':
      return appendSession(accounts, each);
    case 'update':
      return updateSession(accounts, each);
    case 'build':
      return buildSession(accounts.store, each);
  }
}

/** One commit per event, with a snapshot whenever one is due. */
export async function seed(accounts: Accounts, stream: string, { length, size }: Case): Promise<void> {
  const repository = accounts.repositoryOf('snapshots');
  const account = new AccountWithSnapshots(stream);
  for (let place = 0; place < length; place++) {
    const { amount, text } = bookingAt(place, size);
    await repository.save(account.book(amount, text));
  }
}

/** The one event that is missing. */
export async function seedLast(accounts: Accounts, each: Case): Promise<void> {
  const account = await accounts.open(each);
  const { amount, text } = bookingAt(account.version, each.size);
  await accounts.repositoryOf(each.by).save(account.book(amount, text));
}

export async function seedBare({ bare }: Accounts, { stream, length, size }: Case): Promise<void> {
  for (let place = 0; place < length; place++) await bare.append(stream, place + 1, bookingAt(place, size));
}

/** Streams of some events in commits of ten. */
export async function seedPacked(accounts: Accounts, stream: string, { size }: Case, events: number): Promise<void> {
  const account = new Account(stream);
  for (let place = 0; place < events; place++) {
    const { amount, text } = bookingAt(place, size);
    account.book(amount, text);
    if (place % 10 === 9) await accounts.repositoryOf('repository').save(account);
  }
}

function loadSession(accounts: Accounts, each: Case): Session {
  const expected = { version: each.length, balance: balanceAfter(each.length) };
  let fault: string | undefined;
  return {
    run: async () => {
      fault ??= differenceOf(await accounts.load(each), expected);
    },
    verify: () => Promise.resolve(fault),
  };
}

async function appendSession(accounts: Accounts, each: Case): Promise<Session> {
  const { stream, size } = each;
  const appended = each.by === 'bare' ? await bareWriter(accounts, each) : await writer(accounts, each);
  return {
    run: () => appended.append(),
    verify: async () => {
      if (!accounts.place.stores) return undefined;
      const loaded = await accounts.load(each);
      return loaded.version === appended.version() ? undefined : `${stream}, ${size.bytes} bytes: ${loaded.version}`;
    },
  };
}

interface Writer {
  append(): Promise<void>;
  version(): number;
}

async function writer(accounts: Accounts, each: Case): Promise<Writer> {
  const account = await accounts.open(each);
  const repository = accounts.repositoryOf(each.by);
  return {
    append: async () => {
      const { amount, text } = bookingAt(account.version, each.size);
      await repository.save(account.book(amount, text));
    },
    version: () => account.version,
  };
}

async function bareWriter({ bare }: Accounts, { stream, size }: Case): Promise<Writer> {
  let { version } = await bare.load(stream);
  return {
    append: async () => {
      version += 1;
      await bare.append(stream, version, bookingAt(version - 1, size));
    },
    version: () => version,
  };
}

/** Makes names of streams unique. */
let sessions = 0;

async function updateSession({ store }: Accounts, each: Case): Promise<Session> {
  const { stream, size, aggregates = 1 } = each;
  const repository = new AggregateRepository(store, { cache: { maxEntries: aggregates, maxBytes: 1024 ** 3 } });
  const label = `${stream}-${++sessions}`;
  const ids = Array.from({ length: aggregates }, (_, index) => `${label}-${index}`);
  for (const id of ids) await repository.save(new Account(id).book(100, 'opened'));
  let [updates, fault] = [0, undefined as string | undefined];
  return {
    run: async () => {
      const [id = '', round] = [ids[updates % aggregates], Math.floor(updates / aggregates)];
      const { amount, text } = bookingAt(updates, size);
      await repository.update(Account, id, (account) => {
        // Of the state in the cache: a version of one too few would be refused on a real table.
        if (account.version !== round + 1) fault ??= `${id} is at ${account.version} in round ${round}`;
        account.book(amount, text);
      });
      updates += 1;
    },
    verify: () => Promise.resolve(fault),
  };
}

function differenceOf(found: Loaded, expected: Loaded): string | undefined {
  if (found.version === expected.version && found.balance === expected.balance) return undefined;
  return `${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`;
}
