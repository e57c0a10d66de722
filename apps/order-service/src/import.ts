import 'reflect-metadata';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { importOrders } from './import/importer.js';
import { showProgress, summaryOf } from './import/import-display.js';
import { readNorthwindFolder } from './import/northwind-orders.js';
import { OrderClient } from './import/order-client.js';

interface ImportOptions {
  readonly url: string;
  readonly concurrency: number;
}

const HELP = `
A row that cannot be used is reported as file:line and skipped, and with it the whole of its order.
Running it again imports nothing twice and does what is missing.
Exit code: 0 when every usable order is there, 1 when an order failed or nothing could be imported.`;

await new Command('import')
  .description(
    'Sends the orders of a Northwind-format CSV folder (orders.csv, order-details.csv) to a running order-service.',
  )
  .argument('<folder>', 'folder with the CSV files')
  .option('--url <url>', 'address of the service', parseUrl, 'http://127.0.0.1:3000')
  .option('--concurrency <n>', 'orders under way at once, 1 to 64', parseConcurrency, 8)
  .addHelpText('after', HELP)
  .action(run)
  .parseAsync();

async function run(folder: string, { url, concurrency }: ImportOptions): Promise<void> {
  try {
    // npm changes the folder before it runs a script, and tells where it was called.
    const path = resolve(process.env['INIT_CWD'] ?? '.', folder);
    const read = await readNorthwindFolder(path);
    for (const { file, line, reason } of read.badRows) process.stderr.write(`${file}:${line}: ${reason}; skipped\n`);
    const client = new OrderClient(url);
    await client.checkHealth();
    process.stdout.write(`Importing ${read.orders.length} orders from ${path} to ${url}\n`);
    const progress = showProgress(read.orders.length, process.stdout);
    const report = await importOrders(client, read.orders, concurrency, progress.update);
    progress.stop();
    for (const { orderId, reason } of report.failures) process.stderr.write(`order ${orderId}: ${reason}\n`);
    process.stdout.write(`${summaryOf(read, report)}\n`);
    process.exitCode = report.failed > 0 ? 1 : 0;
  } catch (error) {
    process.stderr.write(`import: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

function parseUrl(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) throw new InvalidArgumentError('It must be an http(s) URL.');
  return text;
}

function parseConcurrency(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 64)
    throw new InvalidArgumentError('It must be a whole number from 1 to 64.');
  return value;
}
