import { existsSync } from 'node:fs';
import { startContestant, type ContestantHandle } from './contestants/contestant-handle.js';
import { FLOOR } from './contestants/roster.js';
import { startEngine, type Engine } from './engine/engine.js';
import type { Cell } from './measure/figures.js';
import { AT_ONCE, inLanes } from './measure/lanes.js';
import { measureWork, type WorkParts } from './measure/measure-work.js';
import { prepareTables } from './measure/prepare.js';
import { OPTIONS, optionsOf, USAGE, type BenchOptions } from './options.js';
import { runProgram, WrongAnswerError } from './program.js';
import { environment } from './report/environment.js';
import { goalsOf, isOurs } from './report/goals.js';
import { goalTable, plainText, ratioTable, workTable } from './report/tables.js';
import { writeResults, writeTables } from './report/write-results.js';
import { allWorks, type Work } from './works/works.js';

/** Where they are looked for first; some of them may be found further up, in another version. */
const PEERS = new URL('../peers/node_modules', import.meta.url);

const seconds = () => (performance.now() / 1_000).toFixed(0);

function say(text: string): void {
  console.log(`[${seconds()} s] ${text}`);
}

/** A contestant that cannot be started is left out, and that is said; ours and the floor must start. */
async function startContestants(options: BenchOptions, engine: Engine): Promise<ContestantHandle[]> {
  const started: ContestantHandle[] = [];
  const present = options.entrants.filter(({ kind }) => kind !== 'peer' || existsSync(PEERS));
  if (present.length < options.entrants.length) say('the other stores are not installed and take no part');
  for (const entrant of present) {
    const nodeOptions = options.profiled.includes(entrant.id)
      ? ['--cpu-prof', `--cpu-prof-name=${entrant.id}.cpuprofile`]
      : [];
    try {
      started.push(await startContestant(entrant, engine.endpoints, nodeOptions));
    } catch (error) {
      if (entrant.kind !== 'peer') throw error;
      say(`${entrant.id} takes no part: ${String(error).split('\n')[0] ?? ''}`);
    }
  }
  return started;
}

async function measure(options: BenchOptions, engine: Engine, contestants: readonly ContestantHandle[]) {
  const everything = allWorks(options.plan.catchUpEvents);
  const works = everything.filter(({ id }) => options.works.includes(id));
  const bases = works.flatMap(({ base }) => everything.filter(({ id }) => id === base));
  say(`storing the streams that are read, for ${contestants.map(({ entrant }) => entrant.id).join(', ')}`);
  const seeded = [...new Set([...works, ...bases])];
  const unable = new Set<ContestantHandle>();
  await inLanes(contestants, AT_ONCE, async (contestant) => {
    try {
      await prepareTables(engine, contestant, seeded);
    } catch (error) {
      if (contestant.entrant.kind !== 'peer') throw error;
      unable.add(contestant);
      say(`${contestant.entrant.id} takes no part: ${String(error).split('\n')[0] ?? ''}`);
    }
  });
  const able = contestants.filter((each) => !unable.has(each));
  const cells: Cell[] = [];
  const warm: WorkParts['warm'] = new Map();
  for (const base of bases.filter((each) => !works.includes(each)))
    await measureWork(base, undefined, {
      engine,
      contestants: able.filter(isFloor),
      plan: { ...options.plan, rounds: 0, localMs: 0 },
      warm,
    });
  for (const work of works) {
    const base = everything.find(({ id }) => id === work.base);
    const found = await measureWork(work, base, { engine, contestants: able, plan: options.plan, warm });
    cells.push(...found);
    say(`${work.title}\n${plainText(workTable(work, found))}\n`);
  }
  return { works, cells };
}

function isFloor({ entrant }: ContestantHandle): boolean {
  return entrant.id === FLOOR;
}

/** A figure of ours that is wrong or missing makes the run fail. */
function checkOurs(cells: readonly Cell[]): void {
  const faults = cells.flatMap(({ work, contestant, fault }) =>
    isOurs(contestant) && fault !== undefined ? [`${contestant}, ${work}: ${fault}`] : [],
  );
  if (faults.length > 0) throw new WrongAnswerError(...faults);
}

function conclude({ name }: BenchOptions, works: readonly Work[], cells: readonly Cell[]): void {
  const contestants = [...new Set(cells.map(({ contestant }) => contestant))];
  console.log(plainText(ratioTable(works, contestants, cells)));
  // Figures of a smoke test mean nothing.
  const goals = name === 'smoke' ? [] : goalsOf(cells);
  if (goals.length > 0) console.log(`\n${plainText(goalTable(goals))}`);
  for (const { work, contestant, wire } of cells)
    for (const each of wire?.disagreements ?? [])
      console.log(`DynamoDB Local counts otherwise: ${contestant}, ${work}, ${each}`);
}

async function run(options: BenchOptions): Promise<void> {
  const engine = await startEngine();
  let contestants: ContestantHandle[] = [];
  try {
    contestants = await startContestants(options, engine);
    const { works, cells } = await measure(options, engine, contestants);
    conclude(options, works, cells);
    await writeResults(options, {
      run: options.name,
      environment: environment(),
      plan: options.plan,
      works,
      contestants: options.entrants,
      goals: goalsOf(cells),
      cells,
    });
    say('done');
    checkOurs(cells);
  } finally {
    await Promise.all(contestants.map((each) => each.stop()));
    await engine.stop();
  }
}

process.exitCode = await runProgram({
  usage: USAGE,
  options: OPTIONS,
  run: (values) => (values.tables ? writeTables() : run(optionsOf(values))),
});
