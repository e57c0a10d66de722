import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import {
  checkEventSchemas,
  formatFindings,
  readEventSchemas,
  readSchemaLock,
  type EventSchemaLock,
} from 'nestjs-dynamo-event-store/schemas';

const root = join(import.meta.dirname, '../..');
const app = join(root, 'apps/order-service');
// Through the paths of the root's project, so that the library need not be built.
const sources = readEventSchemas({ tsconfig: join(root, 'tsconfig.json'), files: [join(app, 'src/main.ts')] });

it('the events of the order-service are as they are locked (run `npm run schemas:write`)', () => {
  expect(formatFindings(checkEventSchemas(readSchemaLock(join(app, 'event-schemas.json')), sources))).toBe('');
  expect(Object.keys(sources.events)).toHaveLength(7);
});

it('a change of a type that several events share is found in each of them', () => {
  const lock = JSON.stringify(readSchemaLock(join(app, 'event-schemas.json')));
  const other = lock.replaceAll('"quantity":{"type":"number"}', '"quantity":{"type":"string"}');
  const findings = checkEventSchemas(JSON.parse(other) as EventSchemaLock, sources);
  expect(findings.map(({ event, path, fault }) => [event, path, fault])).toEqual([
    ['order-line-added', 'line.quantity', 'string → number'],
    ['order-placed', 'lines[].quantity', 'string → number'],
  ]);
});
