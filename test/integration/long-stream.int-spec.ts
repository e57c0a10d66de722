import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { DynamoEventStore } from 'nestjs-dynamo-event-store';
import { testClientConfig, uniqueTableName } from '../support/dynamodb.js';
import { readInProcess } from '../support/long-stream/read-in-process.js';
import type { ReadingConfig } from '../support/long-stream/program/messages.js';
import { buildWorker, type BuiltWorker } from '../support/workers/build-worker.mjs';

const EVENTS = 100_000;
const CHARACTERS = 320;
const COMMIT = 400;
/** Some 30 MB are the SDK, Nest and the library; the texts of all events are as much again, and their objects more than that. */
const HEAP_MB = 64;

const tableName = uniqueTableName('long-stream');
const clientConfig = testClientConfig();
const stream = { aggregate: 'notebook', id: 'long' };
let built: BuiltWorker;

/** Text that compression does not make small. */
function textOf(version: number): string {
  const parts = Array.from({ length: CHARACTERS / 64 }, (_, index) =>
    createHash('sha256').update(`${version} ${index}`).digest('hex'),
  );
  return parts.join('');
}

function read(way: ReadingConfig['way']) {
  return readInProcess(built.program, HEAP_MB, { tableName, clientConfig, id: stream.id, way });
}

beforeAll(async () => {
  built = await buildWorker(new URL('../support/long-stream/program/', import.meta.url));
  const store = new DynamoEventStore({ tableName, clientConfig });
  await store.createTable();
  let head = await store.head(stream);
  while (head.version < EVENTS) {
    const events = Array.from({ length: COMMIT }, (_, index) => ({
      type: 'noted',
      payload: { length: CHARACTERS, text: textOf(head.version + index + 1) },
    }));
    head = await store.append(stream, events, { expected: head.version === 0 ? 'none' : head });
  }
  store.close();
}, 120_000);

afterAll(() => built.remove());

it.each<ReadingConfig['way']>(['inALoop', 'inBatches', 'reduced', 'loaded'])(
  `a stream of ${EVENTS} events is read in a heap of ${HEAP_MB} MB: %s`,
  async (way) => {
    const { reading, stderr } = await read(way);
    expect({ reading, stderr }).toEqual({
      reading: { version: EVENTS, characters: EVENTS * CHARACTERS },
      stderr: '',
    });
  },
);

it('the same heap does not hold all of these events', async () => {
  expect(await read('collected')).toMatchObject({ reading: undefined, outOfMemory: true });
});
