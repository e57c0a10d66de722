import { describe, expect, it } from '@jest/globals';
import {
  buyers,
  ledger,
  order,
  orderLog,
  readModels,
  sales,
  selling,
  simulatedViews,
  stepOf,
} from '../../../../../test/support/read-models.js';
import { isEventStoreError } from '../../errors/event-store-error.js';
import type { ProgressFence } from '../../projection/progress-fence.js';
import type { ViewWriter } from '../../projection/view.js';
import { injectFaults, KILLED, SimulatedProcess } from '../../testing/faults/index.js';
import { Random, VirtualTime } from '../../testing/simulation/index.js';

const STREAMS = ['s-1', 's-2', 's-3'];
const EVENTS = 12;
const WORKERS = 4;

const rates = {
  kill: 0.01,
  dropRequest: 0.03,
  dropResponse: 0.05,
  throttle: 0.03,
  serverError: 0.03,
  transactionConflict: 0.05,
  resend: 0.05,
  staleRead: 0.2,
  duplicate: 0.1,
  delay: 0.2,
};

type Apply = (views: ViewWriter, stream: string, versions: readonly number[], random: Random) => Promise<void>;

/** Once in a while a step neither reads nor changes anything, so that only the progress moves; then its events are no news. */
const isQuiet = (version: number) => version % 5 === 0;
const loud = (versions: readonly number[]) => versions.filter((version) => !isQuiet(version));

const applyToLedger: Apply = async (views, stream, versions) => {
  for (const version of loud(versions))
    await views.of(ledger).update(stream, (current) => ({ applied: [...(current?.applied ?? []), version] }));
};

const applyToSelling: Apply = async (views, stream, versions, random) => {
  for (const version of loud(versions)) {
    const initial = { product: 'lamp', quantity: 0, orders: 0 };
    const sell = () => {
      views.of(sales).increment('lamp', { quantity: version }, initial);
    };
    const log = () =>
      views.of(orderLog).update(stream, (current) => ({ applied: [...(current?.applied ?? []), version] }));
    const buy = () =>
      views.of(buyers).update('ada', (current) => ({ orders: [...(current?.orders ?? []), `${stream}:${version}`] }));
    // Each version does the same in every attempt; what comes between differs.
    sell();
    await log();
    if (version % 2 === 0) await buy();
    // An item that is incremented, read and put as well.
    if (version % 3 === 0)
      await views.of(sales).update('lamp', (current) => ({ ...current!, orders: current!.orders + 1 }));
    if (random.chance(0.2)) await views.of(buyers).get('bob');
  }
};

/**
 * Workers that take steps of streams from wherever they believe the progress to be: from what they have stored, what they
 * have read, from the beginning, or from where they once were. They are killed and begin anew, without a cache.
 */
async function run(seed: number, views: Parameters<ReturnType<typeof readModels>['fence']>[0], apply: Apply) {
  const time = new VirtualTime();
  const random = new Random(seed);
  const database = simulatedViews({ time, random, transactionMs: (each) => each.next() * 5 });
  const faulty = injectFaults(database.client, {
    seed,
    rates,
    pause: (ms) => time.pause(ms),
    keysOf: () => ['pk'],
  });
  const backoff = (attempt: number) => time.pause(random.next() * 2 ** Math.min(attempt, 5));
  const observer = readModels({ client: database.client, backoff });
  const fence = observer.fence(views);
  const projection = views[0]!.projection;
  const moved: number[] = [];

  const isDone = async () => {
    const applied = await Promise.all(STREAMS.map((id) => fence.applied(stepOf(projection, order(id), 0, 0))));
    return applied.every((version) => version === EVENTS);
  };

  async function takeSteps(own: ProgressFence<ViewWriter>, name: Random): Promise<void> {
    const known = new Map<string, number>();
    while (!(await isDone())) {
      const id = name.pick(STREAMS);
      const look = () => own.applied(stepOf(projection, order(id), 0, 0));
      const from = name.chance(0.2) ? name.int(EVENTS) : name.chance(0.3) ? await look() : (known.get(id) ?? 0);
      if (from >= EVENTS) {
        known.set(id, await look());
        continue;
      }
      const to = Math.min(EVENTS, from + 1 + name.int(3));
      const versions = Array.from({ length: to - from }, (_, index) => from + 1 + index);
      const stored = await own.advance(stepOf(projection, order(id), from, to), (writer) =>
        apply(writer, id, versions, name),
      );
      if (stored) moved.push(to - from);
      known.set(id, stored ? to : await look());
    }
  }

  async function work(worker: number): Promise<void> {
    for (let life = 0; ; life++) {
      const process = new SimulatedProcess(faulty, `worker-${worker}`);
      const own = readModels({ client: process.client, backoff }).fence(views);
      const outcome = await process
        .run(() => takeSteps(own, random.fork(`${worker}/${life}`)))
        .catch((error: unknown) => {
          if (isEventStoreError(error) && error.retryable) return KILLED;
          throw error;
        });
      if (outcome !== KILLED) return;
      await time.pause(1);
    }
  }

  const all = Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
  await time.runUntil(all.then(() => faulty.settled()));
  return { observer, time, moved, faults: faulty.log.filter(({ fault }) => fault !== undefined).length };
}

const expected = loud(Array.from({ length: EVENTS }, (_, index) => index + 1));
const seeds = Array.from({ length: 20 }, (_, index) => index + 1);

describe('whoever applies steps, and whatever goes wrong', () => {
  it('a view that is keyed by stream holds each event exactly once, in order', async () => {
    let faults = 0;
    for (const seed of seeds) {
      const { observer, time, ...rest } = await run(seed, [ledger], applyToLedger);
      for (const id of STREAMS)
        expect([seed, await time.runUntil(observer.view(ledger).find(id))]).toEqual([
          seed,
          { key: id, value: { applied: expected }, version: EVENTS },
        ]);
      // Nobody was told that the same step was stored twice.
      expect(rest.moved.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(EVENTS * STREAMS.length);
      faults += rest.faults;
    }
    expect(faults).toBeGreaterThan(300);
  });

  it('views that streams share hold each event of each stream exactly once', async () => {
    for (const seed of seeds) {
      const { observer, time } = await run(seed, selling, applyToSelling);
      const read = <T>(promise: Promise<T>) => time.runUntil(promise);
      for (const id of STREAMS)
        expect([seed, (await read(observer.view(orderLog).get(id)))?.applied]).toEqual([seed, expected]);
      const sum = expected.reduce((total, version) => total + version, 0);
      const thirds = expected.filter((version) => version % 3 === 0).length;
      expect([seed, await read(observer.view(sales).get('lamp'))]).toEqual([
        seed,
        { product: 'lamp', quantity: sum * STREAMS.length, orders: thirds * STREAMS.length },
      ]);
      const { orders } = (await read(observer.view(buyers).get('ada')))!;
      for (const id of STREAMS)
        expect([seed, orders.filter((each) => each.startsWith(`${id}:`))]).toEqual([
          seed,
          expected.filter((version) => version % 2 === 0).map((version) => `${id}:${version}`),
        ]);
    }
  });
});
