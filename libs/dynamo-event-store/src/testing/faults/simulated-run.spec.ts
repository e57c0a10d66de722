import { describe, expect, it } from '@jest/globals';
import { ConcurrencyError } from '../../errors/concurrency-error.js';
import { isEventStoreError } from '../../errors/event-store-error.js';
import { DynamoEventStore } from '../../dynamo/dynamo-event-store.js';
import { Random, SimulatedDynamoDb, VirtualTime } from '../simulation/index.js';
import type { FaultRecord } from './fault.js';
import { injectFaults, type FaultOptions, type FaultyClient } from './inject-faults.js';
import { KILLED, SimulatedProcess } from './simulated-process.js';

const stream = { aggregate: 'ledger', id: '1' };
const WORKERS = ['a', 'b', 'c'];
const COMMANDS = 6;

const rates = {
  kill: 0.03,
  dropRequest: 0.05,
  dropResponse: 0.05,
  throttle: 0.05,
  serverError: 0.05,
  transactionConflict: 0.05,
  resend: 0.05,
  staleRead: 0.2,
  partialResult: 0.2,
  duplicate: 0.1,
  delay: 0.2,
};

interface Run {
  readonly log: readonly FaultRecord[];
  /** What is stored in the end, in order. */
  readonly stored: readonly string[];
  readonly endedAt: number;
}

/** Workers that append to one stream, each its own commands, until each command is known to be stored. */
async function run(seed: number, options: Partial<FaultOptions> = {}): Promise<Run> {
  const time = new VirtualTime();
  const database = new SimulatedDynamoDb({ time, random: new Random(seed) });
  const store = storeOn(database.client, time);
  await time.runUntil(store.createTable());
  const faulty = injectFaults(database.client, { seed, rates, pause: (ms) => time.pause(ms), ...options });
  const work = async (name: string): Promise<void> => {
    for (let n = 0; n < COMMANDS; n++) await handle(faulty, time, name, `${name}-${n}`);
  };
  await time.runUntil(Promise.all(WORKERS.map(work)).then(() => faulty.settled()));
  return { log: faulty.log, stored: await time.runUntil(payloads(store)), endedAt: time.now() };
}

async function handle(faulty: FaultyClient, time: VirtualTime, name: string, command: string): Promise<void> {
  for (;;) {
    const process = new SimulatedProcess(faulty, name);
    const outcome = await process.run(() => decide(storeOn(process.client, time), command)).catch(retryable);
    if (outcome === 'stored') return;
    await time.pause(1);
  }
}

async function decide(store: DynamoEventStore, command: string): Promise<'stored'> {
  const events = store.read<string>(stream);
  for await (const { event } of events) if (event === command) return 'stored';
  if (events.head === undefined) throw new Error('A read to the end proves a head.');
  await store.append(stream, [{ type: 'noted', payload: command }], { expected: events.head, commitId: command });
  return 'stored';
}

function retryable(error: unknown): typeof KILLED {
  if (error instanceof ConcurrencyError || (isEventStoreError(error) && error.retryable)) return KILLED;
  throw error;
}

function storeOn(client: FaultyClient['client'], time: VirtualTime): DynamoEventStore {
  const backoff = (attempt: number): Promise<void> => time.pause(2 ** attempt);
  return new DynamoEventStore({ client, tableName: 'events', clock: time.clock, backoff });
}

async function payloads(store: DynamoEventStore): Promise<string[]> {
  const found: string[] = [];
  for await (const { event } of store.read<string>(stream)) found.push(event);
  return found;
}

describe('workers on the simulated DynamoDB', () => {
  it.each(Array.from({ length: 20 }, (_, seed) => seed))(
    'store each command once and in order (seed %i)',
    async (seed) => {
      const { stored } = await run(seed);
      for (const name of WORKERS)
        expect(stored.filter((text) => text.startsWith(name))).toEqual(
          Array.from({ length: COMMANDS }, (_, n) => `${name}-${n}`),
        );
      expect(stored).toHaveLength(WORKERS.length * COMMANDS);
    },
  );

  it('do the same again with the same seed, to the instant', async () => {
    const first = await run(7);
    expect(await run(7)).toEqual(first);
    expect(await run(8)).not.toEqual(first);
  });

  it('are spared the faults that are taken out', async () => {
    const hit = (await run(7)).log.filter(({ fault }) => fault !== undefined).map(({ index }) => index);
    const only = new Set(hit.slice(0, 2));
    const { log } = await run(7, { only });
    expect(log.filter(({ fault }) => fault !== undefined).map(({ index }) => index)).toEqual([...only]);
  });

  it('meet every fault that their requests can meet', async () => {
    const runs = await Promise.all(Array.from({ length: 10 }, (_, seed) => run(seed)));
    const kinds = new Set(runs.flatMap(({ log }) => log.flatMap(({ fault }) => fault?.kind ?? [])));
    // Their reads are strongly consistent.
    expect([...kinds].sort()).toEqual(
      Object.keys(rates)
        .filter((kind) => kind !== 'staleRead')
        .sort(),
    );
  });
});
