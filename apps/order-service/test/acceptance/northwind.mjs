// Imports a whole Northwind-format folder into a fresh service and compares what came of it with the CSV, order by order:
//
//   npm run build && node apps/order-service/test/acceptance/northwind.mjs <folder> [--url <address of a running service>]
//
// Without --url it starts the service and an embedded DynamoDB of its own. The CSV is read and summed here once more, on
// purpose without any code of the service: in whole cents, with integers only.
import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';

const DIST = new URL('../../dist/', import.meta.url);
const { values, positionals } = parseArgs({ allowPositionals: true, options: { url: { type: 'string' } } });
if (positionals.length !== 1) throw new Error('usage: northwind.mjs <folder> [--url <address>]');
const folder = resolve(positionals[0]);

const service = values.url === undefined ? await startService() : { url: values.url, stop: async () => undefined };
let failed;
try {
  failed = await accept(service.url);
} finally {
  await service.stop();
}
console.log(failed === 0 ? '\nAll equal.' : `\n${failed} differences.`);
process.exitCode = failed === 0 ? 0 : 1;

async function accept(url) {
  const expected = ordersOfCsv();
  console.log('First import');
  const first = await runImport(url);
  const firstModel = await ordersOfReadModel(url);
  const firstHistory = await ordersOfEvents(url, expected.keys());
  console.log('\nSecond import');
  const second = await runImport(url);
  const secondModel = await ordersOfReadModel(url);
  const secondHistory = await ordersOfEvents(url, expected.keys());

  console.log('');
  console.table({
    CSV: totalsOf(expected),
    'read model': totalsOf(firstModel),
    'events, refolded': totalsOf(firstHistory),
    'read model, second import': totalsOf(secondModel),
    'events, second import': totalsOf(secondHistory),
  });
  let differences = 0;
  differences += compare('read model', expected, firstModel);
  differences += compare('events', expected, firstHistory);
  differences += compare('read model after the second import', firstModel, secondModel);
  differences += compare('events after the second import', firstHistory, secondHistory);
  if (first !== 0 || second !== 0) console.log(`The importer ended with exit codes ${first} and ${second}.`);
  return differences + first + second;
}

function ordersOfCsv() {
  const read = (file) =>
    parse(readFileSync(join(folder, file), 'utf8'), { relax_column_count: true, relax_quotes: true, from_line: 2 });
  const orders = new Map();
  for (const [orderId, customerId, , , , shippedDate] of read('orders.csv')) {
    orders.set(orderId, { customerId, lines: 0, cents: 0n, shipped: shippedDate !== 'NULL', version: undefined });
  }
  for (const [orderId, , unitPrice, quantity, discount] of read('order-details.csv')) {
    const order = orders.get(orderId);
    order.lines += 1;
    order.cents += lineCents(unitPrice, quantity, discount);
  }
  return orders;
}

/** The read model, by its lists. */
async function ordersOfReadModel(url) {
  const orders = new Map();
  let cursor;
  do {
    const page = await getJson(`${url}/orders?limit=100${cursor === undefined ? '' : `&cursor=${cursor}`}`);
    for (const { orderId, customerId, lines, total, status, version } of page.items) {
      const sum = lines.reduce((cents, { amount }) => cents + scaled(amount, 2), 0n);
      if (sum !== scaled(total, 2)) throw new Error(`order ${orderId}: the total is not the sum of its lines`);
      orders.set(orderId, { customerId, lines: lines.length, cents: sum, shipped: status === 'shipped', version });
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return orders;
}

/** What the stored events amount to, folded here. */
async function ordersOfEvents(url, ids) {
  const orders = new Map();
  for (const orderId of ids) {
    const order = { customerId: undefined, lines: 0, cents: 0n, shipped: false, version: 0 };
    for (const { type, version, event } of await getJson(`${url}/orders/${orderId}/events`)) {
      if (version !== order.version + 1)
        throw new Error(`order ${orderId}: version ${version} follows ${order.version}`);
      order.version = version;
      if (type === 'order-placed') {
        order.customerId = event.customerId;
        order.lines = event.lines.length;
        for (const line of event.lines) order.cents += lineCents(line.unitPrice, line.quantity, line.discount);
      }
      if (type === 'order-shipped') order.shipped = true;
    }
    orders.set(orderId, order);
  }
  return orders;
}

/** quantity × price × (1 − discount), half up to the cent. */
function lineCents(unitPrice, quantity, discount) {
  const millionths = scaled(unitPrice, 2) * BigInt(quantity) * (1_000_000n - scaled(discount, 6));
  return (millionths + 500_000n) / 1_000_000n;
}

/** A decimal text times 10 to the power of `digits`; fails when it has more digits than that. */
function scaled(text, digits) {
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(String(text));
  if (fraction.slice(digits).replaceAll('0', '') !== '') throw new Error(`${text} has more than ${digits} digits`);
  return BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'));
}

function totalsOf(orders) {
  const all = [...orders.values()];
  const cents = all.reduce((sum, order) => sum + order.cents, 0n);
  return {
    orders: all.length,
    lines: all.reduce((sum, { lines }) => sum + lines, 0),
    amount: `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`,
    shipped: all.filter(({ shipped }) => shipped).length,
    events: all.some(({ version }) => version === undefined) ? '-' : all.reduce((sum, { version }) => sum + version, 0),
  };
}

function compare(what, expected, actual) {
  let differences = 0;
  for (const orderId of new Set([...expected.keys(), ...actual.keys()])) {
    const [a, b] = [expected.get(orderId), actual.get(orderId)];
    const versions = a?.version === undefined ? [] : ['version'];
    const fields = ['customerId', 'lines', 'cents', 'shipped', ...versions].filter(
      (field) => a?.[field] !== b?.[field],
    );
    if (fields.length === 0) continue;
    differences += 1;
    console.log(
      `${what}, order ${orderId}: ${fields.map((field) => `${field} ${a?.[field]} / ${b?.[field]}`).join(', ')}`,
    );
  }
  return differences;
}

async function getJson(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.json();
}

function runImport(url) {
  const program = fileURLToPath(new URL('import.js', DIST));
  const child = spawn(process.execPath, [program, folder, '--url', url], { stdio: 'inherit' });
  return new Promise((done) => child.once('close', done));
}

async function startService() {
  const { startLocalDynamoDb } = await import('nestjs-dynamo-event-store/testing');
  const { createOrderService } = await import(new URL('bootstrap.js', DIST));
  const { loadConfig } = await import(new URL('config.js', DIST));
  const local = await startLocalDynamoDb();
  const config = loadConfig({ DYNAMODB_ENDPOINT: local.endpoint, LOG_LEVEL: 'error', PORT: '0' });
  const app = await createOrderService({ ...config, createTables: true }, () => local.stop());
  await app.listen(config.port, config.host);
  console.log(`Service at ${await app.getUrl()} on ${local.engine}\n`);
  return { url: await app.getUrl(), stop: () => app.close() };
}
