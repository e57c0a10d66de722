/** `schemas check` or `schemas write` for the sample, by the built library: `node test/package/event-schemas.mjs check`. */
import { join } from 'node:path';
import { schemasCommand } from '../../libs/dynamo-event-store/dist/cli/schemas-command.js';

const app = join(import.meta.dirname, '../../apps/order-service');
const [action = 'check', ...more] = process.argv.slice(2);
const files = ['--project', join(app, 'tsconfig.app.json'), '--lock', join(app, 'event-schemas.json')];
await schemasCommand().parseAsync([action, ...files, ...more], { from: 'user' });
