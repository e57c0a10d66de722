import { startEngine, type Engine } from '../engine/engine.js';
import { runProgram, type ValuesOf } from '../program.js';
import { environment } from '../report/environment.js';
import { plainText } from '../report/tables.js';
import {
  measureAppends,
  measureHotAggregates,
  measureLoads,
  measureMemory,
  measureProjections,
  measureSizes,
} from './experiments.js';
import { FULL, QUICK, type ScalePlan } from './plan.js';
import type { ScaleResults } from './scale-results.js';
import { scaleTables } from './scale-tables.js';
import { writeScaleResults, writeScaleTables } from './write-scale-results.js';

const USAGE = `npm run bench:scale -- [options]
  --quick          smaller and fewer points: a minute or two; writes nothing without --out
  --out <folder>   where results go; default bench/results for a full run
  --tables         only writes the tables of the last full run into docs/performance.md`;

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  out: { type: 'string' },
  tables: { type: 'boolean', default: false },
} as const;

function say(text: string): void {
  console.log(`[${(performance.now() / 1_000).toFixed(0)} s] ${text}`);
}

/** A fresh engine for the long streams: so many items are slow to have for DynamoDB Local, whatever else it is asked. */
async function measure(plan: ScalePlan): Promise<ScaleResults> {
  const long = await withEngine(async (engine) => {
    say('streams of any length');
    const loads = await measureLoads(engine, plan);
    say('memory');
    const memory = await measureMemory(engine, plan);
    say('appends to them');
    return { memory, lengths: [...loads, ...(await measureAppends(engine, plan))] };
  });
  const others = await withEngine(async (engine) => {
    say('events of any size');
    const sizes = await measureSizes(engine, plan);
    say('hot aggregates');
    const hot = await measureHotAggregates(engine, plan);
    say('projections');
    return { sizes, hot, projections: await measureProjections(engine, plan) };
  });
  return { run: plan.name, environment: environment(), plan, ...long, ...others };
}

async function withEngine<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await startEngine();
  try {
    return await work(engine);
  } finally {
    await engine.stop();
  }
}

async function run({ quick, out, tables }: ValuesOf<typeof OPTIONS>): Promise<void> {
  if (tables) return writeScaleTables();
  const results = await measure(quick ? QUICK : FULL);
  for (const [name, table] of Object.entries(scaleTables(results))) console.log(`\n${name}\n${plainText(table)}`);
  await writeScaleResults(results, out);
  say('done');
}

process.exitCode = await runProgram({ usage: USAGE, options: OPTIONS, run });
