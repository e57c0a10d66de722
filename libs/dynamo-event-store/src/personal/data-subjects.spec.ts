import { randomBytes } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { controlTableDefinition } from '../dynamo/control-schema.js';
import { DynamoControlStore } from '../dynamo/dynamo-control-store.js';
import { DynamoRequests } from '../dynamo/dynamo-requests.js';
import { jitteredBackoff } from '../store/backoff.js';
import { SimulatedDynamoDb } from '../testing/simulation/simulated-dynamodb.js';
import { DataSubjects } from './data-subjects.js';
import { LocalKeyProvider } from './local-key-provider.js';

/** Holds back what it unwraps, if asked to, and counts it. */
class SlowKeyProvider extends LocalKeyProvider {
  unwrapped = 0;
  gate: Promise<unknown> = Promise.resolve();

  override async unwrap(...args: Parameters<LocalKeyProvider['unwrap']>): Promise<Uint8Array> {
    this.unwrapped += 1;
    await this.gate;
    return super.unwrap(...args);
  }
}

function processOn(database: SimulatedDynamoDb, keys: LocalKeyProvider): DataSubjects {
  const requests = new DynamoRequests(() => database.client, jitteredBackoff);
  const tableName = () => 'control';
  const control = new DynamoControlStore(requests, tableName);
  return new DataSubjects({ keys, control, tableName, forgetWithinMs: 0 });
}

function start() {
  const database = new SimulatedDynamoDb();
  database.createTable('control', controlTableDefinition('control'));
  const keys = new SlowKeyProvider({ keys: { one: randomBytes(32) } });
  return { keys, writer: processOn(database, keys), reader: processOn(database, keys) };
}

it('a key that many ask for at once is looked up once', async () => {
  const { keys, writer, reader } = start();
  const ask = () => writer.keyOf('ann', undefined);
  const [{ id }, ...others] = await Promise.all([ask(), ask(), ask()]);
  expect(others.map((other) => other.id)).toEqual([id, id]);
  await Promise.all([reader.find([id]), reader.find([id]), reader.keyOf('ann', undefined)]);
  expect(keys.unwrapped).toBeLessThanOrEqual(2);
  keys.unwrapped = 0;
  await Promise.all([reader.find([id]), reader.keyOf('ann', undefined), writer.find([id])]);
  expect(keys.unwrapped).toBe(0);
});

it('a lookup that began before its subject was forgotten is of no use to whoever asks after that', async () => {
  const { keys, writer, reader } = start();
  const { id } = await writer.keyOf('ann', undefined);
  let open: (value: unknown) => void = () => undefined;
  keys.gate = new Promise((resolve) => {
    open = resolve;
  });
  const before = reader.find([id]);
  const known = reader.keyOf('ann', undefined);
  while (keys.unwrapped < 2) await new Promise((resolve) => setImmediate(resolve));
  await writer.forget('ann');
  expect((await reader.find([id])).size).toBe(0);
  expect((await reader.keyOf('ann', undefined)).id).not.toBe(id);
  open(undefined);
  expect([...(await before).keys()]).toEqual([id]);
  expect((await known).id).toBe(id);
  expect((await reader.find([id])).size).toBe(0);
  expect((await reader.keyOf('ann', undefined)).id).not.toBe(id);
});
