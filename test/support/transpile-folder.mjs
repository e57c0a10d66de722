import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { transform } from '@swc/core';

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

/** For Node processes that run outside Jest's module loader: the sources of a folder, without specs, as JavaScript. */
export async function transpileFolder(source, target) {
  const files = await readdir(source, { recursive: true });
  const sources = files.filter((file) => file.endsWith('.ts') && !/\.(spec|d)\.ts$/.test(file));
  await Promise.all(sources.map((file) => transpile(join(source, file), join(target, file.replace(/\.ts$/, '.js')))));
}

async function transpile(file, target) {
  const { code } = await transform(await readFile(file, 'utf8'), { ...SWC, filename: file });
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, code);
}
