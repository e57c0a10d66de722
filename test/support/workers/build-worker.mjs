import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transpileFolder } from '../transpile-folder.mjs';

const PROGRAM = new URL('./program/', import.meta.url);
const LIBRARY = fileURLToPath(new URL('../../../libs/dynamo-event-store/', import.meta.url));

/** Below node_modules, so that installed packages are found from there as they are from the source. */
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/workers/', import.meta.url));

export async function buildWorker(program = PROGRAM) {
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, 'build-'));
  // A package of the library's name right there comes before the workspace, whose `dist` may be old or missing.
  const library = join(folder, 'node_modules/nestjs-dynamo-event-store');
  await transpileFolder(join(LIBRARY, 'src'), join(library, 'dist'));
  await cp(join(LIBRARY, 'package.json'), join(library, 'package.json'));
  await transpileFolder(fileURLToPath(program), folder);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  return {
    program: join(folder, 'main.js'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
