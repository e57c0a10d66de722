import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transpileFolder } from './transpile-folder.mjs';

const SOURCE = fileURLToPath(new URL('../../libs/dynamo-event-store/src/testing/local-dynamodb/', import.meta.url));

/** Below node_modules, so that the packages of the engines are found from there as they are from the source. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/local-dynamodb/', import.meta.url));

export async function transpileLocalDynamoDb(parent = CACHE) {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'build-'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await transpileFolder(SOURCE, folder);
  return {
    entry: join(folder, 'local-dynamodb.js'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
