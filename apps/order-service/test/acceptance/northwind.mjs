// Imports a whole Northwind-format folder into a fresh service and compares what came of it with the CSV, order by order:
//
//   npm run build && node apps/order-service/test/acceptance/northwind.mjs <folder> [--url <address of a running service>]
//
// Without --url it starts the service and an embedded DynamoDB of its own.
import 'reflect-metadata';
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  compare,
  decimal,
  getJson,
  lineCents,
  ordersOfCsv,
  ordersOfReadModel,
  revenueOfCsv,
  revenueOfReadModel,
} from './northwind-csv.mjs';

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
  const expected = ordersOfCsv(folder);
  console.log('First import');
  const first = await runImport(url);
  const firstModel = await ordersOfReadModel(url);
  const firstHistory = await ordersOfEvents(url, expected.keys());
  console.log('\nSecond import');
  const second = await runImport(url);
  const secondModel = await ordersOfReadModel(url);
  const secondHistory = await ordersOfEvents(url, expected.keys());
  const revenue = await revenueOfReadModel(url);

  console.log('');
  console.table({
    CSV: totalsOf(expected),
    'read model': totalsOf(firstModel),
    'events, refolded': totalsOf(firstHistory),
    'read model, second import': totalsOf(secondModel),
    'events, second import': totalsOf(secondHistory),
  });
  const fields = ['customerId', 'lines', 'cents', 'shipped'];
  let differences = 0;
  differences += compare('read model, order', expected, firstModel, fields);
  differences += compare('events, order', expected, firstHistory, fields);
  differences += compare('read model after the second import, order', firstModel, secondModel, [...fields, 'version']);
  differences += compare('events after the second import, order', firstHistory, secondHistory, [...fields, 'version']);
  differences += compare('revenue', revenueOfCsv(folder), revenue, ['quantity', 'cents']);
  console.log(`${revenue.size} days and products with revenue`);
  if (first !== 0 || second !== 0) console.log(`The importer ended with exit codes ${first} and ${second}.`);
  return differences + first + second;
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

function totalsOf(orders) {
  const all = [...orders.values()];
  const cents = all.reduce((sum, order) => sum + order.cents, 0n);
  return {
    orders: all.length,
    lines: all.reduce((sum, { lines }) => sum + lines, 0),
    amount: decimal(cents),
    shipped: all.filter(({ shipped }) => shipped).length,
    events: all.some(({ version }) => version === undefined) ? '-' : all.reduce((sum, { version }) => sum + version, 0),
  };
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
