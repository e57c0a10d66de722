import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createDynamoClient, DynamoEventStore } from 'nestjs-dynamo-event-store';
import { runRealHistories } from '../simulation/run-histories.js';
import { startFaultProxy } from 'nestjs-dynamo-event-store/testing';
import { realWorld } from '../simulation/world.js';
import { testClient, testClientConfig, uniqueTableName } from '../support/dynamodb.js';

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

it(`every guarantee holds in ${HISTORIES} random histories with faults on the wire to DynamoDB Local`, async () => {
  const seed = process.env['SIMULATION_SEED'] ?? String(randomInt(2 ** 31));
  const proxy = await startFaultProxy(testClientConfig().endpoint, {
    seed,
    rates: {
      dropRequest: 0.04,
      dropResponse: 0.12,
      throttle: 0.2,
      serverError: 0.05,
      transactionConflict: 0.05,
      resend: 0.03,
      duplicate: 0.03,
      delay: 0.05,
      lateRequest: 0.04,
      delayMs: [1, 60],
    },
  });
  const requestHandler = { requestTimeout: 2_000, throwOnRequestTimeout: true };
  const wired = createDynamoClient({ ...testClientConfig(), endpoint: proxy.url, maxAttempts: 2, requestHandler });
  try {
    const tally = await runRealHistories(`${seed}-wire`, HISTORIES, realWorld(wired, tableName, client), 8);
    const faults = proxy.log.filter(({ fault }) => fault !== undefined).length;
    process.stdout.write(`on the wire, seed ${seed}: ${JSON.stringify({ ...tally, faults })}\n`);
    expect(tally.histories).toBe(HISTORIES);
    expect(faults).toBeGreaterThan(HISTORIES);
  } finally {
    wired.destroy();
    await proxy.close();
  }
}, 600_000);
