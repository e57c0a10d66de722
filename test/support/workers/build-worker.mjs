import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';

const PROGRAM = fileURLToPath(new URL('./program/', import.meta.url));
const LIBRARY = fileURLToPath(new URL('../../../libs/dynamo-event-store/', import.meta.url));

/** Below node_modules, so that installed packages are found from there as they are from the source. */
const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/workers/', import.meta.url));

const SWC = {
  swcrc: false,
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  },
  module: { type: 'es6' },
};

export async function buildWorker() {
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, 'build-'));
  // A package of the library's name right there comes before the workspace, whose `dist` may be old or missing.
  const library = join(folder, 'node_modules/nestjs-dynamo-event-store');
  await transpileFolder(join(LIBRARY, 'src'), join(library, 'dist'));
  await cp(join(LIBRARY, 'package.json'), join(library, 'package.json'));
  await transpileFolder(PROGRAM, folder);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  return {
    program: join(folder, 'main.js'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function transpileFolder(source, target) {
  const files = await readdir(source, { recursive: true });
  const sources = files.filter((file) => file.endsWith('.ts') && !/\.(spec|d)\.ts$/.test(file));
  await Promise.all(sources.map((file) => transpile(join(source, file), join(target, file.replace(/\.ts$/, '.js')))));
}

async function transpile(file, target) {
  const { code } = await transform(await readFile(file, 'utf8'), { ...SWC, filename: file });
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, code);
}
