import { startEngine } from '../engine/engine.js';
import { runProgram, wholeNumber, WrongAnswerError, type ValuesOf } from '../program.js';
import { environment } from '../report/environment.js';
import { plainText } from '../report/tables.js';
import { makeBundles } from './bundles.js';
import type { ColdStartResults } from './cold-start-results.js';
import { coldStartTables } from './cold-start-tables.js';
import { measureImports } from './measure-imports.js';
import { measureStarts } from './measure-starts.js';
import { writeColdStartResults, writeColdStartTables } from './write-cold-start-results.js';

const USAGE = `npm run bench:cold-start -- [options]
  --runs <n>       processes of each kind; default 15
  --out <folder>   where results go; default bench/results for 15 runs and more, else none are written
  --tables         only writes the tables of the last such run into docs/performance.md`;

const OPTIONS = {
  runs: { type: 'string', default: '15' },
  out: { type: 'string' },
  tables: { type: 'boolean', default: false },
} as const;

async function measure(runs: number): Promise<ColdStartResults> {
  const imports = await measureImports(runs);
  const bundles = await makeBundles();
  const engine = await startEngine();
  try {
    const starts = await measureStarts(engine, bundles, runs);
    return { environment: environment(), runs, imports, starts, decorators: bundles?.decorators ?? {} };
  } finally {
    await engine.stop();
  }
}

/** Without decorators being seen in a bundle, every event would pass through class-transformer, which only costs time. */
function check({ decorators }: ColdStartResults): void {
  const found = decorators['main, module'];
  if (found !== undefined && (found.plain || !found.decorated))
    throw new WrongAnswerError(`in a bundle, decorators are seen as ${JSON.stringify(found)}.`);
  for (const [fields, { decorated }] of Object.entries(decorators))
    if (!decorated) throw new WrongAnswerError(`in a bundle with ${fields}, decorators are overlooked.`);
}

async function run({ runs, out, tables }: ValuesOf<typeof OPTIONS>): Promise<void> {
  if (tables) return writeColdStartTables();
  const results = await measure(wholeNumber('--runs', runs));
  for (const [name, table] of Object.entries(coldStartTables(results))) console.log(`\n${name}\n${plainText(table)}`);
  check(results);
  await writeColdStartResults(results, out);
}

process.exitCode = await runProgram({ usage: USAGE, options: OPTIONS, run });
