import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DynamoEventStore } from 'nestjs-dynamo-event-store';
import { runRealHistories } from '../simulation/run-histories.js';
import { realWorld } from '../simulation/world.js';
import { testClient, uniqueTableName } from '../support/dynamodb.js';

const HISTORIES = 200;
const tableName = uniqueTableName('histories');
const client = testClient();

beforeAll(() => new DynamoEventStore({ client, tableName }).createTable());
afterAll(() => {
  client.destroy();
});

it(`every guarantee holds in ${HISTORIES} random histories on DynamoDB Local`, async () => {
  const seed = process.env['SIMULATION_SEED'] ?? String(randomInt(2 ** 31));
  const tally = await runRealHistories(seed, HISTORIES, realWorld(client, tableName), 8);
  process.stdout.write(`DynamoDB Local, seed ${seed}: ${JSON.stringify(tally)}\n`);
  expect(tally.histories).toBe(HISTORIES);
  expect(tally.faults).toBeGreaterThan(HISTORIES);
}, 600_000);
