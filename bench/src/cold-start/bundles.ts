import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ColdStartResults } from './cold-start-results.js';
import { STARTS } from './plan.js';
import { startProcess } from './start-process.js';

const PROGRAMS = fileURLToPath(new URL('./programs/', import.meta.url));
/** Here, so that what a bundle leaves out is found as it is from the source. */
const FOLDER = fileURLToPath(new URL('../bundles/', import.meta.url));
const BUNDLER = new URL('../../peers/bundle.mjs', import.meta.url);

interface Bundler {
  bundle(
    programs: Readonly<Record<string, string>>,
    folder: string,
    options?: { readonly mainFields?: readonly string[] },
  ): Promise<Readonly<Record<string, number>>>;
}

export interface Bundles {
  /** Path of a program in one file. */
  path(id: string): string;
  bytes(id: string): number | undefined;
  readonly decorators: ColdStartResults['decorators'];
}

/** @returns `undefined` where the bundler is not installed. */
export async function makeBundles(): Promise<Bundles | undefined> {
  let bundler: Bundler;
  try {
    bundler = (await import(BUNDLER.href)) as Bundler;
  } catch (error) {
    console.warn(`No bundles: ${String(error).split('\n')[0] ?? ''}`);
    return undefined;
  }
  await mkdir(FOLDER, { recursive: true });
  const path = (id: string) => join(FOLDER, `${id}.mjs`);
  const programs = Object.fromEntries(STARTS.map(({ id }) => [id, join(PROGRAMS, `${id}.js`)]));
  const sizes = await bundler.bundle(programs, FOLDER);
  const bytesOf = new Map(Object.entries(sizes).map(([file, bytes]) => [file.split('/').at(-1) ?? '', bytes]));
  const decorators: Record<string, { plain: boolean; decorated: boolean }> = {};
  for (const mainFields of [
    ['main', 'module'],
    ['module', 'main'],
  ]) {
    const id = `transformed-${mainFields.join('-')}`;
    await bundler.bundle({ [id]: join(PROGRAMS, 'transformed.js') }, FOLDER, { mainFields });
    decorators[mainFields.join(', ')] = await startProcess(path(id), []);
  }
  return { path, bytes: (id) => bytesOf.get(`${id}.mjs`), decorators };
}
