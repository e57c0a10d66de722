import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';

const SOURCE = fileURLToPath(new URL('../../libs/dynamo-event-store/src/testing/local-dynamodb/', import.meta.url));

/** Below node_modules, so that the packages of the engines are found from there as they are from the source. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/local-dynamodb/', import.meta.url));

const SWC = { swcrc: false, jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } };

export async function transpileLocalDynamoDb(parent = CACHE) {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'build-'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const files = (await readdir(SOURCE)).filter((file) => file.endsWith('.ts') && !/\.(spec|d)\.ts$/.test(file));
  await Promise.all(files.map((file) => transpile(file, folder)));
  return {
    entry: join(folder, 'local-dynamodb.js'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function transpile(file, folder) {
  const { code } = await transform(await readFile(join(SOURCE, file), 'utf8'), { ...SWC, filename: file });
  await writeFile(join(folder, file.replace(/\.ts$/, '.js')), code);
}
