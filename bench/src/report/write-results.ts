import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchOptions } from '../options.js';
import { writeIntoReadme } from './readme.js';
import type { Results } from './results.js';

const RESULTS = fileURLToPath(new URL('../../results/', import.meta.url));
const README = fileURLToPath(new URL('../../README.md', import.meta.url));
const CHARTS = new URL('../../peers/charts.mjs', import.meta.url);

interface Charts {
  drawCharts(results: Results): Promise<Readonly<Record<string, string>>>;
}

/**
 * Writes the figures as JSON, and the charts: of a whole run into the repository, with the tables in the README; of others
 * only when told where, and without those.
 */
export async function writeResults(options: BenchOptions, results: Results): Promise<void> {
  const isOfficial = options.out === undefined && options.isWhole && options.name === 'full';
  const folder = options.out ?? (isOfficial ? RESULTS : undefined);
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, fileOf(results.run)), `${JSON.stringify(results, undefined, 2)}\n`);
  for (const [name, svg] of Object.entries(await draw(results))) await writeFile(join(folder, name), svg);
  if (isOfficial) await writeIntoReadme(README, results);
  console.log(`Results are in ${folder}.`);
}

/** Writes the tables of the last whole run into the README once more. */
export async function writeTables(): Promise<void> {
  await writeIntoReadme(README, JSON.parse(await readFile(join(RESULTS, fileOf('full')), 'utf8')) as Results);
}

function fileOf(run: Results['run']): string {
  return `${run}.json`;
}

/** What draws is installed with the other stores. */
async function draw(results: Results): Promise<Readonly<Record<string, string>>> {
  try {
    const charts = (await import(CHARTS.href)) as Charts;
    return await charts.drawCharts(results);
  } catch (error) {
    console.warn(`No charts: ${String(error).split('\n')[0] ?? ''}`);
    return {};
  }
}
