import type { Endpoints } from '../engine/engine-process.js';
import { serveParent } from '../rpc.js';
import { makeSession, seed, seedCatchUp, type Session } from '../works/session.js';
import type { Work } from '../works/works.js';
import type { Contestant, ContestantModule } from './contestant.js';

export type Side = keyof Endpoints;

/** What one batch of operations took, in this process, all threads. */
export interface Batch {
  readonly operations: number;
  readonly cpuMicroseconds: number;
  readonly wallMs: number;
  /** ms of each operation, when asked for. */
  readonly latencies: readonly number[];
}

export interface Memory {
  readonly heapUsed: number;
  readonly rss: number;
}

export interface ContestantStart {
  /** URL of the contestant's file. */
  readonly file: string;
  readonly table: string;
  readonly endpoints: Endpoints;
}

let start: ContestantStart | undefined;
const contestants = new Map<string, Promise<Contestant>>();
const sessions = new Map<string, Session>();
let labels = 0;

function started(): ContestantStart {
  if (start === undefined) throw new Error('The contestant was not started.');
  return start;
}

async function create(side: Side, table: string): Promise<Contestant> {
  const { file, endpoints } = started();
  const contestant = (await import(file)) as ContestantModule;
  return contestant.create({ endpoint: endpoints[side], table });
}

/** A catch-up reads a whole table, which is one of its own. */
function contestantAt(side: Side, work?: Work, role = 'self'): Promise<Contestant> {
  const table = work?.kind === 'catch-up' ? catchUpTable() : started().table;
  const key = `${side} ${table} ${role}`;
  const known = contestants.get(key) ?? create(side, table);
  contestants.set(key, known);
  return known;
}

function catchUpTable(): string {
  return `${started().table}-all`;
}

/** Streams of conflicts have the same names where the null engine answers as where it was recorded. */
function labelOf(side: Side, work: Work): string {
  if (work.kind === 'conflict') return side === 'local' ? `local-${++labels}` : 'recorded';
  return `${work.id}-${side}-${++labels}`;
}

async function runBatch(session: Session, operations: number, inFlight: number, timed: boolean): Promise<Batch> {
  const latencies: number[] = [];
  const lane = async (first: number) => {
    for (let index = first; index < operations; index += inFlight) {
      const from = performance.now();
      await session.run(index);
      if (timed) latencies.push(performance.now() - from);
    }
  };
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  await Promise.all(Array.from({ length: inFlight }, (_, first) => lane(first)));
  const wallMs = performance.now() - wall;
  const { user, system } = process.cpuUsage(cpu);
  return { operations, cpuMicroseconds: user + system, wallMs, latencies };
}

function sessionOf(side: Side, work: Work): Session {
  const session = sessions.get(`${side} ${work.id}`);
  if (session === undefined) throw new Error(`${work.id} was not made ready for ${side}.`);
  return session;
}

const methods = {
  async start(options: ContestantStart): Promise<Pick<Contestant, 'cannot' | 'remarks'>> {
    start = options;
    const { cannot, remarks = {} } = await contestantAt('record');
    return { cannot, remarks };
  },

  async createTables(work: Work | null): Promise<void> {
    await (await contestantAt('record', work ?? undefined)).createTables();
  },

  async seed(work: Work): Promise<void> {
    await seed(await contestantAt('seed'), work);
  },

  async seedCatchUp(work: Work, id: string): Promise<void> {
    await seedCatchUp(await contestantAt('seed', work), id);
  },

  async prepare(side: Side, work: Work, operations: number): Promise<void> {
    const contestant = await contestantAt(side, work);
    const rival = side === 'null' || work.kind !== 'conflict' ? undefined : await contestantAt(side, work, 'rival');
    const session = await makeSession({ contestant, rival, work, label: labelOf(side, work), operations });
    sessions.set(`${side} ${work.id}`, session);
  },

  /** Runs a session once more from its first operation on. */
  run(side: Side, work: Work, operations: number, timed = false): Promise<Batch> {
    return runBatch(sessionOf(side, work), operations, work.inFlight, timed);
  },

  async verify(side: Side, work: Work): Promise<string | null> {
    return (await sessionOf(side, work).verify()) ?? null;
  },

  memory(): Memory {
    const { heapUsed, rss } = process.memoryUsage();
    return { heapUsed, rss };
  },

  async close(): Promise<void> {
    for (const contestant of contestants.values()) await (await contestant).close();
    // So that a profile that is being taken is written.
    setImmediate(() => process.exit(0));
  },
};

export type ContestantMethods = typeof methods;

// The SDK's about the version of Node would come once per process.
process.on('warning', ({ message }) => {
  if (!message.startsWith('NodeVersionSupportWarning')) console.warn(message);
});

serveParent(methods);
