import type { Contestant } from '../contestants/contestant.js';
import { RACE_MARK } from '../engine/recordings.js';
import { eventAt, eventsAt, expectedState, sameState, type OrderState } from './order-events.js';
import { PACK, SNAPSHOT_STREAM, type Work } from './works.js';

/** A work made ready: to be run some times, and looked at afterwards. */
export interface Session {
  /** @param index From 0, each once. With several in flight, indexes that differ by their number never overlap. */
  run(index: number): Promise<void>;
  /** What is wrong with what is stored now; `undefined`: nothing. */
  verify(): Promise<string | undefined>;
}

export interface SessionParts<H = unknown> {
  readonly contestant: Contestant<H>;
  /** Another process, as it were, that writes to the same streams. `undefined`: nothing is really stored. */
  readonly rival: Contestant<H> | undefined;
  readonly work: Work;
  /** Makes names of streams unique. */
  readonly label: string;
  /** Operations to make ready for. */
  readonly operations: number;
}

/** Name of the stream that a load reads; the same for every engine, so that what was recorded can be answered. */
export function seededStream(work: Work): string {
  return `seed-${work.id}`;
}

export async function makeSession(parts: SessionParts): Promise<Session> {
  switch (parts.work.kind) {
    case 'append':
      return appendSession(parts);
    case 'load':
    case 'load-packed':
      return loadSession(parts, (id) => parts.contestant.load(id));
    case 'load-snapshot':
      return loadSession(parts, (id) => required(parts.contestant.loadFromSnapshot?.(id), parts.work));
    case 'update':
      return updateSession(parts);
    case 'conflict':
      return conflictSession(parts);
    case 'save-all':
      return saveAllSession(parts);
    case 'catch-up':
      return catchUpSession(parts);
  }
}

async function appendSession({ contestant, work, label }: SessionParts): Promise<Session> {
  const lanes = await Promise.all(
    Array.from({ length: work.inFlight }, async (_, lane) => {
      const id = `${label}-${lane}`;
      return { id, handle: await contestant.begin(id, eventAt(0)), events: 1 };
    }),
  );
  return {
    run: async (index) => {
      const lane = lanes[index % lanes.length];
      if (lane === undefined) return;
      await contestant.append(lane.handle, eventsAt(lane.events, work.size));
      lane.events += work.size;
    },
    verify: () => firstFault(lanes.map((lane) => () => faultOfStream(contestant, lane.id, lane.events))),
  };
}

function loadSession(
  { work }: SessionParts,
  load: (id: string) => Promise<{ readonly version: number; readonly state: OrderState }>,
): Session {
  const id = seededStream(work);
  const expected = expectedState(work.size);
  const faults: string[] = [];
  return {
    run: async () => {
      const { version, state } = await load(id);
      if (version !== work.size || !sameState(state, expected))
        faults.push(`returned version ${version} of ${work.size}, ${state.lines} events in its state`);
    },
    verify: () => Promise.resolve(faults[0]),
  };
}

async function updateSession({ contestant, work, label }: SessionParts): Promise<Session> {
  const begin = contestant.beginWarm?.bind(contestant) ?? contestant.begin.bind(contestant);
  const id = `${label}-0`;
  const handle = await begin(id, eventAt(0));
  let events = 1;
  return {
    run: async () => {
      await required(contestant.update?.(handle, eventAt(events)), work);
      events += 1;
    },
    verify: () => faultOfStream(contestant, id, events),
  };
}

/** Streams whose writer knows version 2, and that have a version 3. */
async function conflictSession({ contestant, rival, work, label, operations }: SessionParts): Promise<Session> {
  const begin = contestant.beginWarm?.bind(contestant) ?? contestant.begin.bind(contestant);
  const makeReady = async (index: number) => {
    const id = `${label}-${RACE_MARK}${index}`;
    const handle = await begin(id, eventAt(0));
    await (contestant.update?.(handle, eventAt(1)) ?? contestant.append(handle, [eventAt(1)]));
    if (rival !== undefined) await rival.append(await rival.open(id), [eventAt(2)]);
    return { id, handle };
  };
  const writers = await Promise.all(Array.from({ length: operations }, (_, index) => makeReady(index)));
  let done = 0;
  return {
    run: async (index) => {
      await required(contestant.appendAfterLoss?.(writers[index]?.handle, eventAt(3)), work);
      done += 1;
    },
    verify: () =>
      firstFault(
        writers.slice(0, done).map(
          ({ id }) =>
            () =>
              faultOfStream(contestant, id, 4),
        ),
      ),
  };
}

async function saveAllSession({ contestant, work, label }: SessionParts): Promise<Session> {
  const ids = Array.from({ length: work.size }, (_, index) => `${label}-${index}`);
  const handles = await Promise.all(ids.map((id) => contestant.begin(id, eventAt(0))));
  let events = 1;
  return {
    run: async () => {
      await required(contestant.appendToAll?.(handles, eventAt(events)), work);
      events += 1;
    },
    verify: () => firstFault(ids.map((id) => () => faultOfStream(contestant, id, events))),
  };
}

/** Streams of the table that a catch-up reads, and events in each. */
export const CATCH_UP_STREAM_EVENTS = 100;

async function catchUpSession({ contestant, work, operations }: SessionParts): Promise<Session> {
  if (operations !== 1) throw new RangeError('A catch-up is made ready for one run.');
  await contestant.prepareCatchUp?.();
  const streams = work.size / CATCH_UP_STREAM_EVENTS;
  const cents = streams * expectedState(CATCH_UP_STREAM_EVENTS).cents;
  let fault: string | undefined;
  return {
    run: async () => {
      const sum = await required(contestant.catchUp?.(), work);
      if (sum.streams !== streams || sum.events !== work.size || sum.cents !== cents)
        fault = `${JSON.stringify(sum)} instead of ${JSON.stringify({ streams, events: work.size, cents })}`;
    },
    verify: () => Promise.resolve(fault),
  };
}

/** Stores the streams that loads read, one event per commit but for `load-packed`. */
export async function seed(contestant: Contestant, work: Work): Promise<void> {
  const id = seededStream(work);
  switch (work.kind) {
    case 'load': {
      const handle = await contestant.begin(id, eventAt(0));
      for (let place = 1; place < work.size; place++) await contestant.append(handle, [eventAt(place)]);
      return;
    }
    case 'load-packed':
      return seedPacked(contestant, id, work.size);
    case 'load-snapshot': {
      const handle = await required(contestant.beginWithSnapshots?.(id, eventAt(0)), work);
      for (let place = 1; place < SNAPSHOT_STREAM.events; place++)
        await required(contestant.appendWithSnapshots?.(handle, [eventAt(place)]), work);
      return;
    }
    default:
  }
}

/** Stores the one stream that the streams of a catch-up are copies of, in commits of some events. */
export async function seedCatchUp(contestant: Contestant, id: string): Promise<void> {
  await seedPacked(contestant, id, CATCH_UP_STREAM_EVENTS);
}

async function seedPacked(contestant: Contestant, id: string, events: number): Promise<void> {
  const handle = await contestant.begin(id, eventAt(0));
  await contestant.append(handle, eventsAt(1, PACK - 1));
  for (let place = PACK; place < events; place += PACK) await contestant.append(handle, eventsAt(place, PACK));
}

async function faultOfStream(contestant: Contestant, id: string, events: number): Promise<string | undefined> {
  const { version, state } = await contestant.load(id);
  if (version === events && sameState(state, expectedState(events))) return undefined;
  return `${id} reads back at version ${version} with ${state.lines} events, instead of ${events}`;
}

async function firstFault(checks: readonly (() => Promise<string | undefined>)[]): Promise<string | undefined> {
  for (const check of checks) {
    const fault = await check();
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function required<T>(result: Promise<T> | undefined, work: Work): Promise<T> {
  if (result === undefined) throw new Error(`The contestant has no way to ${work.title}, and does not say so.`);
  return result;
}
