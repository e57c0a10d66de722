import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const RESULTS = fileURLToPath(new URL('../../results/', import.meta.url));

type Charts = Readonly<Record<string, string>>;

/** Where the results of a run go. */
export interface ResultFiles<R> {
  /** Of the figures as JSON. */
  readonly file: string;
  /** Draws the charts, SVG by name of the file; installed with the other stores. */
  readonly charts: { readonly module: 'charts.mjs' | 'scale-charts.mjs'; readonly draw: string };
  /** Into the documents. */
  readonly writeTables: (results: R) => Promise<void>;
}

/**
 * Writes figures and charts: of a run that is to be shown into the repository, with the tables in the documents; of others
 * only when told where, and without those.
 */
export async function writeRun<R>(
  { file, charts, writeTables }: ResultFiles<R>,
  results: R,
  { out, isToBeShown }: { readonly out: string | undefined; readonly isToBeShown: boolean },
): Promise<void> {
  const isOfficial = out === undefined && isToBeShown;
  const folder = out ?? (isOfficial ? RESULTS : undefined);
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, file), `${JSON.stringify(results, undefined, 2)}\n`);
  for (const [name, svg] of Object.entries(await drawn(charts, results))) await writeFile(join(folder, name), svg);
  if (isOfficial) await writeTables(results);
  console.log(`Results are in ${folder}.`);
}

/** Those of the last run that is shown. */
export async function shownResults<R>(file: string): Promise<R> {
  return JSON.parse(await readFile(join(RESULTS, file), 'utf8')) as R;
}

async function drawn<R>({ module, draw }: ResultFiles<R>['charts'], results: R): Promise<Charts> {
  try {
    const { href } = new URL(`../../peers/${module}`, import.meta.url);
    const charts = (await import(href)) as Readonly<Record<string, (results: R) => Promise<Charts>>>;
    if (charts[draw] === undefined) throw new Error(`${module} has no ${draw}.`);
    return await charts[draw](results);
  } catch (error) {
    console.warn(`No charts: ${String(error).split('\n')[0] ?? ''}`);
    return {};
  }
}
