import type { ContestantHandle } from '../contestants/contestant-handle.js';
import { FLOOR } from '../contestants/roster.js';
import type { Engine } from '../engine/engine.js';
import type { Metered } from '../engine/meter.js';
import type { Work } from '../works/works.js';
import { Batches } from './batches.js';
import type { Cell } from './figures.js';
import { AT_ONCE, inLanes } from './lanes.js';
import { runLocally } from './local.js';
import type { Plan } from './plan.js';
import { runRounds, type Runner } from './rounds.js';
import { faultOnNullEngine, meter } from './wire-figures.js';

export interface WorkParts {
  readonly engine: Engine;
  readonly contestants: readonly ContestantHandle[];
  readonly plan: Plan;
  /** What contestants have run already, by the code that it brings; see `codeOf`. */
  readonly warm: Map<ContestantHandle, Set<string>>;
}

/** Text that the names of tables have that the null engine leaves to DynamoDB Local. */
const CONTROL_TABLES = '-control-';

interface Entry {
  readonly contestant: ContestantHandle;
  wire?: Metered;
  runner?: Runner;
  fault?: string | undefined;
  failed?: boolean;
}

/**
 * All contestants at one work: once through the recording engine, then in rounds on the null engine, then on DynamoDB Local.
 * @param base The work of the floor that ratios are taken to, where it is another one.
 */
export async function measureWork(work: Work, base: Work | undefined, parts: WorkParts): Promise<readonly Cell[]> {
  const { engine, contestants, plan } = parts;
  const entries = contestants
    .filter(({ cannot }) => cannot[work.id] === undefined)
    .map((each): Entry => ({ contestant: each }));
  for (const entry of entries)
    await attempt(entry, async () => {
      entry.wire = await meter(engine, entry.contestant, work);
    });
  await engine.remote.passThrough(work.kind === 'catch-up' ? CONTROL_TABLES : null);
  await inLanes(able(entries), AT_ONCE, (entry) => attempt(entry, () => warmUp(entry, work, parts)));
  for (const entry of able(entries)) await attempt(entry, () => checkRequests(entry, work, engine));
  const runners = able(entries).flatMap(({ runner }) => runner ?? []);
  const floor = base === undefined ? undefined : await baseRunner(contestants, base, plan);
  const rounds = work.kind === 'catch-up' ? plan.catchUpRounds : plan.rounds;
  const baseName = floor?.name ?? (runners.some(({ name }) => name === FLOOR) ? FLOOR : undefined);
  const client = await runRounds([...(floor === undefined ? [] : [floor]), ...runners], rounds, baseName);
  await engine.remote.passThrough(null);
  // What the null engine accepts is not stored; but what it answers is.
  if (work.kind.startsWith('load') || work.kind === 'catch-up')
    for (const entry of able(entries))
      await attempt(entry, async () => {
        entry.fault ??= await entry.runner?.batches.verify();
      });
  const cells: Cell[] = [];
  for (const contestant of contestants) {
    const entry = entries.find((each) => each.contestant === contestant);
    cells.push(await finish(work, contestant, entry, client.get(contestant.entrant.id), plan));
  }
  return cells;
}

type Measured = NonNullable<Cell['client']>;

async function finish(
  work: Work,
  contestant: ContestantHandle,
  entry: Entry | undefined,
  client: Measured | undefined,
  plan: Plan,
): Promise<Cell> {
  const cell = { work: work.id, contestant: contestant.entrant.id };
  if (entry === undefined) return { ...cell, missing: contestant.cannot[work.id] ?? '' };
  if (entry.failed === true) return { ...cell, missing: 'fails', ...faultOf(entry.fault) };
  const remark = contestant.remarks[work.id];
  const memory = await contestant.remote.memory();
  let local: Cell['local'];
  if (plan.localMs > 0)
    await attempt(entry, async () => {
      const run = await runLocally(contestant, work, plan.localMs);
      local = run.figures;
      if (run.fault !== undefined) entry.fault ??= run.fault;
    });
  return {
    ...cell,
    ...faultOf(entry.fault),
    ...(remark === undefined ? {} : { remark }),
    ...(entry.wire === undefined ? {} : { wire: entry.wire }),
    ...(client === undefined ? {} : { client }),
    ...(local === undefined ? {} : { local }),
    memory,
  };
}

function faultOf(fault: string | undefined): Pick<Cell, 'fault'> {
  return fault === undefined ? {} : { fault };
}

/** Commits of several events are compressed, or become several items. */
function codeOf({ kind, size }: Work): string {
  return kind === 'append' && size > 1 ? 'append several' : kind;
}

async function warmUp(entry: Entry, work: Work, { plan, warm }: WorkParts): Promise<void> {
  const { contestant } = entry;
  const batches = new Batches(contestant, 'null', work);
  const known = warm.get(contestant) ?? new Set();
  const newMs = known.size === 0 ? plan.firstWarmUpMs : plan.newKindWarmUpMs;
  const forMs = known.has(codeOf(work)) ? plan.warmUpMs : newMs;
  warm.set(contestant, known.add(codeOf(work)));
  const operations = await batches.warmUp(forMs, plan.roundMs);
  entry.runner = { name: contestant.entrant.id, batches, operations };
}

async function checkRequests(entry: Entry, work: Work, engine: Engine): Promise<void> {
  const { runner, wire } = entry;
  // A build asks the control table as often as time goes by.
  if (runner === undefined || wire === undefined || work.kind === 'catch-up') return;
  const fault = await faultOnNullEngine(engine, runner.batches, runner.operations, wire);
  if (fault !== undefined) entry.fault ??= fault;
}

/** The floor at another work, to be the base of ratios. */
async function baseRunner(
  contestants: readonly ContestantHandle[],
  work: Work,
  plan: Plan,
): Promise<Runner | undefined> {
  const floor = contestants.find(({ entrant }) => entrant.id === FLOOR);
  if (floor === undefined) return undefined;
  const batches = new Batches(floor, 'null', work);
  const operations = await batches.warmUp(plan.warmUpMs, plan.roundMs);
  return { name: `${FLOOR} at ${work.id}`, batches, operations };
}

function able(entries: readonly Entry[]): readonly Entry[] {
  return entries.filter(({ failed }) => failed !== true);
}

/** A contestant that fails is out of this work, with its reason. */
async function attempt(entry: Entry, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    entry.failed = true;
    const message = error instanceof Error ? error.message : String(error);
    entry.fault = message.split('\n')[0] ?? message;
  }
}
