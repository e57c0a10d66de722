import {
  Aggregate,
  AggregateRepository,
  EventHandler,
  reduceEvents,
  type DynamoEventStore,
  type RecordedEvent,
} from 'nestjs-dynamo-event-store';
import { Account, Booked } from './account.js';
import { balanceAfter, bookingAt, USUAL_SIZE } from './bookings.js';
import type { Case } from './cases.js';
import type { Accounts } from './sessions.js';

export type WayOfReading = 'for await' | 'batches()' | 'reduceEvents' | 'load' | 'all in an array';

/** Heap while a stream was read, above what it was before, in bytes. */
export interface HeapReading {
  readonly way: WayOfReading;
  readonly events: number;
  /** Most after a collection of the young generation. */
  readonly young: number;
  /** Most after a full collection: what was really held. */
  readonly held: number;
  readonly fault?: string;
}

const YOUNG_EVERY = 1_000;
const FULL_EVERY = 10_000;

/** Looks at the heap as events go by. Only in a process that is used for nothing else: it collects garbage by force. */
class HeapWatch {
  young = 0;
  held = 0;
  private seen = 0;
  private readonly before = heapAfter('major');

  see(): void {
    this.seen += 1;
    // Not right at the beginning of a page: held is what is held in its middle.
    if (this.seen % YOUNG_EVERY === 0) this.young = Math.max(this.young, heapAfter('minor') - this.before);
    if (this.seen % FULL_EVERY === 0) this.held = Math.max(this.held, heapAfter('major') - this.before);
  }
}

function heapAfter(type: 'minor' | 'major'): number {
  if (globalThis.gc === undefined) throw new Error('The process was not started with --expose-gc.');
  // Without options, since a `major` collection leaves garbage behind that several minor ones have promoted.
  if (type === 'minor') globalThis.gc({ type, execution: 'sync' });
  else globalThis.gc();
  return process.memoryUsage().heapUsed;
}

let watch: HeapWatch | undefined;

@Aggregate({ name: 'account' })
class WatchedAccount extends Account {
  @EventHandler(Booked) protected override onBooked(booked: Booked): void {
    super.onBooked(booked);
    watch?.see();
  }
}

export async function readWatched(accounts: Accounts, each: Case, way: WayOfReading): Promise<HeapReading> {
  const { store } = accounts;
  store.register([Booked]);
  const current = new HeapWatch();
  watch = current;
  const { version, balance } = await read(store, each.stream, way, current);
  const { young, held } = current;
  const isRight = version === each.length && balance === balanceAfter(each.length);
  return {
    way,
    events: each.length,
    young,
    held,
    ...(isRight ? {} : { fault: `${way} has found version ${version} and balance ${balance}` }),
  };
}

async function read(store: DynamoEventStore, id: string, way: WayOfReading, current: HeapWatch) {
  const events = store.read<Booked>({ aggregate: 'account', id });
  let [version, balance] = [0, 0];
  const add = (recorded: RecordedEvent<Booked>) => {
    current.see();
    version = recorded.version;
    balance += recorded.event.amount;
  };
  switch (way) {
    case 'for await':
      for await (const each of events) add(each);
      break;
    case 'batches()':
      for await (const batch of events.batches()) for (const each of batch) add(each);
      break;
    case 'reduceEvents':
      await reduceEvents(
        events,
        (_, each) => {
          add(each);
          return undefined;
        },
        undefined,
      );
      break;
    case 'load':
      ({ version, balance } = await new AggregateRepository(store).load(WatchedAccount, id));
      break;
    case 'all in an array': {
      const all: RecordedEvent<Booked>[] = [];
      for await (const each of events) {
        add(each);
        all.push(each);
      }
      version = all.length;
    }
  }
  return { version, balance };
}

/** Bytes of heap for each aggregate that is in the cache, after one update of it. */
export async function heapPerAggregate(store: DynamoEventStore, aggregates: number): Promise<number> {
  const repository = new AggregateRepository(store, { cache: { maxEntries: aggregates, maxBytes: 1024 ** 3 } });
  const use = async (from: number, to: number) => {
    for (let index = from; index < to; index++) {
      const { amount, text } = bookingAt(index, USUAL_SIZE);
      await repository.save(new Account(`heap-${index}`).book(amount, text));
      await repository.update(Account, `heap-${index}`, (account) => {
        account.book(amount, text);
      });
    }
  };
  const warm = Math.ceil(aggregates / 10);
  await use(0, warm);
  const before = heapAfter('major');
  await use(warm, aggregates);
  const after = heapAfter('major');
  if (repository.cacheSize.entries !== aggregates) throw new Error('The cache does not hold all aggregates.');
  return (after - before) / (aggregates - warm);
}
