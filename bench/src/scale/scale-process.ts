import { AggregateRepository } from 'nestjs-dynamo-event-store';
import type { Batch, Side } from '../contestants/contestant-process.js';
import type { Endpoints } from '../engine/engine-process.js';
import { serveParent } from '../rpc.js';
import { Account } from './account.js';
import { BUILT_STREAM_EVENTS, LiveProjections } from './build-session.js';
import type { Case } from './cases.js';
import { heapPerAggregate, readWatched, type HeapReading, type WayOfReading } from './memory.js';
import { Accounts, makeSession, seed, seedBare, seedLast, seedPacked, type Session } from './sessions.js';

const places = new Map<Side, Accounts>();
const sessions = new Map<string, Session>();
let live: LiveProjections | undefined;

function at(side: Side): Accounts {
  const accounts = places.get(side);
  if (accounts === undefined) throw new Error('The process was not started.');
  return accounts;
}

function sessionOf(side: Side, { id }: Case): Session {
  const session = sessions.get(`${side} ${id}`);
  if (session === undefined) throw new Error(`${id} was not made ready for ${side}.`);
  return session;
}

const methods = {
  start(endpoints: Endpoints, table: string): void {
    for (const side of ['local', 'record', 'null', 'seed'] as const)
      places.set(side, new Accounts({ endpoint: endpoints[side], table, stores: side !== 'null' }));
  },

  createTable: () => at('record').store.createTable(),

  seed: (each: Case) => seed(at('seed'), each.stream, each),
  seedLast: (each: Case) => seedLast(at('record'), each),
  seedBare: (each: Case) => seedBare(at('seed'), each),
  seedPacked: (each: Case, stream: string) => seedPacked(at('seed'), stream, each, BUILT_STREAM_EVENTS),

  async prepare(side: Side, each: Case): Promise<void> {
    sessions.set(`${side} ${each.id}`, await makeSession(at(side), each));
  },

  async run(side: Side, each: Case, operations: number): Promise<Batch> {
    const session = sessionOf(side, each);
    const latencies: number[] = [];
    const [cpu, wall] = [process.cpuUsage(), performance.now()];
    for (let index = 0; index < operations; index++) {
      const from = performance.now();
      await session.run(index);
      latencies.push(performance.now() - from);
    }
    const wallMs = performance.now() - wall;
    const { user, system } = process.cpuUsage(cpu);
    return { operations, cpuMicroseconds: user + system, wallMs, latencies };
  },

  async verify(side: Side, each: Case): Promise<string | null> {
    return (await sessionOf(side, each).verify()) ?? null;
  },

  /** Updates of aggregates chosen at random, with a cache of so many; the cache is full when it begins. */
  async prepareCache(entries: number, aggregates: number): Promise<void> {
    const repository = new AggregateRepository(at('record').store, { cache: { maxEntries: entries } });
    const ids = Array.from({ length: aggregates }, (_, index) => `cached-${entries}-${index}`);
    for (const id of ids) await repository.save(new Account(id).book(100, 'opened'));
    let state = 20_280_101;
    sessions.set('cache', {
      run: async () => {
        state = (state * 48_271) % 2_147_483_647;
        await repository.update(Account, ids[state % aggregates] ?? '', (account) => {
          account.book(1, 'again');
        });
      },
      verify: () => Promise.resolve(undefined),
    });
  },

  async updateCached(updates: number): Promise<void> {
    for (let index = 0; index < updates; index++) await sessions.get('cache')?.run(index);
  },

  async startLive(projections: number): Promise<void> {
    live = await LiveProjections.start(at('record').store, projections);
  },
  async followLive(events: number): Promise<string | null> {
    return (await live?.follow(events)) ?? null;
  },
  stopLive: () => live?.stop(),

  heapPerAggregate: (aggregates: number): Promise<number> => heapPerAggregate(at('null').store, aggregates),

  /** From the null engine, which knows the stream from its loads. */
  readWatched: (each: Case, way: WayOfReading): Promise<HeapReading> => readWatched(at('null'), each, way),

  close(): void {
    setImmediate(() => process.exit(0));
  },
};

export type ScaleMethods = typeof methods;

process.on('warning', ({ message }) => {
  if (!message.startsWith('NodeVersionSupportWarning')) console.warn(message);
});

serveParent(methods);
