import { fileURLToPath } from 'node:url';
import type { BenchOptions } from '../options.js';
import { writeIntoReadme } from './readme.js';
import { shownResults, writeRun } from './result-files.js';
import type { Results } from './results.js';

const README = fileURLToPath(new URL('../../README.md', import.meta.url));

/** Of a whole run into the repository; see `writeRun`. */
export async function writeResults({ out, isWhole, name }: BenchOptions, results: Results): Promise<void> {
  const files = {
    file: fileOf(results.run),
    charts: { module: 'charts.mjs', draw: 'drawCharts' },
    writeTables: (shown: Results) => writeIntoReadme(README, shown),
  } as const;
  await writeRun(files, results, { out, isToBeShown: isWhole && name === 'full' });
}

/** Writes the tables of the last whole run into the README once more. */
export async function writeTables(): Promise<void> {
  await writeIntoReadme(README, await shownResults<Results>(fileOf('full')));
}

function fileOf(run: Results['run']): string {
  return `${run}.json`;
}
