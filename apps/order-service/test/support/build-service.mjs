// Builds the service and the library from their sources into a folder of their own: node build-service.mjs <folder>
// The folder must lie below the repository, so that installed packages are found from there.
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const LIBRARY = join(ROOT, 'libs/dynamo-event-store');
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

const [folder] = process.argv.slice(2);
const library = join(folder, 'node_modules/nestjs-dynamo-event-store');
await transpileFolder(join(ROOT, 'apps/order-service/src'), join(folder, 'app'));
await transpileFolder(join(LIBRARY, 'src'), join(library, 'dist'));
await writeFile(join(folder, 'app/package.json'), '{ "type": "module" }');
await cp(join(LIBRARY, 'package.json'), join(library, 'package.json'));

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
