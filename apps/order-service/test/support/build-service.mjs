// Builds the service and the library from their sources into a folder of their own: node build-service.mjs <folder>
// The folder must lie below the repository, so that installed packages are found from there.
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transpileFolder } from '../../../../test/support/transpile-folder.mjs';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const LIBRARY = join(ROOT, 'libs/dynamo-event-store');

const [folder] = process.argv.slice(2);
const library = join(folder, 'node_modules/nestjs-dynamo-event-store');
await transpileFolder(join(ROOT, 'apps/order-service/src'), join(folder, 'app'));
await transpileFolder(join(LIBRARY, 'src'), join(library, 'dist'));
await writeFile(join(folder, 'app/package.json'), '{ "type": "module" }');
await cp(join(LIBRARY, 'package.json'), join(library, 'package.json'));
