// Imports a whole Northwind-format folder through several processes of the service while they are killed and started again,
// and compares what came of it with the CSV, order by order and product by product:
//
//   npm run build && node apps/order-service/test/acceptance/northwind-processes.mjs <folder> [--processes 3] [--seed 1]
//
// Processes are killed (SIGKILL) by the progress of the import, not by the clock; every second one is the one that reads
// the stream, and the time is taken until another one has applied an event stored after that.
import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { startLocalDynamoDb } from 'nestjs-dynamo-event-store/testing';
import {
  compare,
  getJson,
  ordersOfCsv,
  ordersOfReadModel,
  revenueOfCsv,
  revenueOfReadModel,
} from './northwind-csv.mjs';

const DIST = new URL('../../dist/', import.meta.url);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    processes: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    lease: { type: 'string', default: '10000' },
  },
});
if (positionals.length !== 1)
  throw new Error('usage: northwind-processes.mjs <folder> [--processes n] [--seed n] [--lease ms]');
const folder = resolve(positionals[0]);
const random = randomNumbers(Number(values.seed));

/** Orders that are imported between two kills: from, to. */
const BETWEEN_KILLS = [20, 40];
/** Longest that a query may wait; longer than any takeover. */
const WAIT_MS = 60_000;

const { importOrders } = await import(new URL('import/importer.js', DIST));
const { readNorthwindFolder } = await import(new URL('import/northwind-orders.js', DIST));
const { createOrderService } = await import(new URL('bootstrap.js', DIST));
const { loadConfig } = await import(new URL('config.js', DIST));

const local = await startLocalDynamoDb({ engine: 'dynamodb-local' });
const config = loadConfig({ DYNAMODB_ENDPOINT: local.endpoint, LOG_LEVEL: 'error', PORT: '0' });
const database = new DynamoDBClient(local.clientConfig);
/** Those that answer. */
const running = new Set();
const starting = new Set();
const takeovers = [];
let killed = 0;
let killing = false;
let measuring;
let afterKill;

let failed;
try {
  await createTables();
  await Promise.all(Array.from({ length: Number(values.processes) }, () => startProcess()));
  failed = await accept();
} finally {
  await Promise.all(starting);
  for (const each of running) each.child.kill('SIGKILL');
  database.destroy();
  await local.stop();
}
console.log(failed === 0 ? '\nAll equal.' : `\n${failed} differences.`);
process.exitCode = failed === 0 ? 0 : 1;

async function accept() {
  const { orders } = await readNorthwindFolder(folder);
  console.log(`Importing ${orders.length} orders through ${running.size} processes, seed ${values.seed}`);
  let nextKill = between(...BETWEEN_KILLS);
  const report = await importOrders({ command }, orders, 8, ({ imported, alreadyThere, failed: refused }) => {
    const done = imported + alreadyThere + refused;
    // At the end there might be no command left to see the takeover by.
    if (done < nextKill || done > orders.length - BETWEEN_KILLS[0]) return;
    nextKill = done + between(...BETWEEN_KILLS);
    void killOne();
  });
  await Promise.all(starting);
  await measuring;
  for (const { orderId, reason } of report.failures) console.log(`order ${orderId}: ${reason}`);
  console.log(`${killed} processes killed, ${takeovers.length} of them while they were reading the stream`);
  const sorted = takeovers.toSorted((a, b) => a - b).map((ms) => (ms / 1000).toFixed(1));
  console.log(`Until another process had applied the next event: ${sorted.join(', ')} s (lease ${values.lease} ms)`);
  return report.failed + (await differences());
}

async function differences() {
  const expected = ordersOfCsv(folder);
  const [{ url }] = running;
  for (const orderId of expected.keys()) {
    const version = (await getJson(`${url}/orders/${orderId}/events`)).length;
    await getJson(`${url}/orders/${orderId}?minVersion=${version}`);
    await getJson(`${url}/revenue?limit=1&after=${orderId}@${version}`);
  }
  const orders = await ordersOfReadModel(url);
  const revenue = await revenueOfReadModel(url);
  console.log(`${orders.size} orders, ${revenue.size} days and products with revenue`);
  const statuses = await getJson(`${url}/admin/projections`);
  const parked = statuses.reduce((sum, { active }) => sum + active.parked, 0);
  if (parked > 0) console.log(`${parked} orders are parked`);
  return (
    parked +
    compare('order', expected, orders, ['customerId', 'lines', 'cents', 'shipped']) +
    compare('revenue', revenueOfCsv(folder), revenue, ['quantity', 'cents'])
  );
}

/** Sends a command to one process after the other until one has done it; its key makes that safe. */
async function command(path, body, idempotencyKey) {
  for (let attempt = 1; ; attempt++) {
    // One command after the kill is what is waited for; the others would only end the import before the next kill.
    if (afterKill === undefined) await measuring;
    const to = pick([...running]);
    const sentAt = performance.now();
    if (to === undefined) {
      await delay(50);
      continue;
    }
    const answer = await fetch(new URL(path, to.url), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': idempotencyKey },
      body: JSON.stringify(body),
    }).catch(() => undefined);
    if (answer?.ok) {
      if (afterKill !== undefined && sentAt > afterKill.at) afterKill.stored(await answer.json());
      return { repeated: answer.headers.get('Idempotency-Replayed') === 'true' };
    }
    const mayRetry = answer === undefined || answer.status === 503;
    if (!mayRetry || attempt > 200) throw new Error(`${path}: ${answer?.status ?? 'no answer'}`);
    await delay(50);
  }
}

/**
 * Kills the reader of the stream and one of the others in turn, and starts another in its place. Nobody is killed while a
 * takeover is under way, so that each time is the takeover from one.
 */
async function killOne() {
  if (killing || measuring !== undefined) return;
  killing = true;
  const reader = await readerOfStream();
  const others = [...running].filter((each) => each !== reader);
  killing = false;
  if (reader === undefined || others.length === 0) return;
  const isReadersTurn = killed % 2 === 0;
  const victim = isReadersTurn ? reader : pick(others);
  killed += 1;
  running.delete(victim);
  victim.child.kill('SIGKILL');
  if (isReadersTurn) measuring = measureTakeover().finally(() => (measuring = undefined));
  await once(victim.child, 'exit');
  const started = startProcess().finally(() => starting.delete(started));
  starting.add(started);
}

async function measureTakeover() {
  const at = performance.now();
  const next = new Promise((stored) => (afterKill = { at, stored }));
  const { orderId, version } = await next;
  afterKill = undefined;
  for (;;) {
    const { url } = pick([...running]);
    const answer = await fetch(`${url}/orders/${orderId}?minVersion=${version}`).catch(() => undefined);
    if (answer?.ok) break;
    await delay(20);
  }
  takeovers.push(performance.now() - at);
}

/** By the leases in the control table: owners are named after their process ids. */
async function readerOfStream() {
  const owners = [];
  for await (const { Items = [] } of paginateScan({ client: database }, { TableName: config.controlTable })) {
    const shards = Items.filter(({ pk }) => pk.S.startsWith('shards#')).map(({ doc }) => JSON.parse(doc.S));
    owners.push(...shards.flatMap(({ owner }) => owner ?? []));
  }
  return [...running].find(({ child }) => owners.some((owner) => owner.includes(`-${child.pid}-`)));
}

async function createTables() {
  const app = await createOrderService({ ...config, createTables: true });
  await app.init();
  await app.close();
}

async function startProcess() {
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.js', DIST))], {
    env: {
      PATH: process.env.PATH,
      NODE_NO_WARNINGS: '1',
      PORT: '0',
      DYNAMODB_ENDPOINT: local.endpoint,
      LEASE_MS: values.lease,
      READ_WAIT_MS: String(WAIT_MS),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let url;
  for await (const line of createInterface({ input: child.stdout })) {
    url = /Listening on (http:[^"\s]+)/.exec(line)?.[1];
    if (url !== undefined) break;
  }
  if (url === undefined) throw new Error('a process did not start');
  child.stdout.resume();
  running.add({ child, url });
}

function pick(list) {
  return list[Math.floor(random() * list.length)];
}

function between(least, most) {
  return least + Math.floor(random() * (most - least + 1));
}

/** Mulberry32: the same numbers for the same seed. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
