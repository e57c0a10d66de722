/**
 * Runs the sample as the README says, with an embedded DynamoDB on disk, sends the README's own requests, and starts it
 * again to see that the data is still there. Needs `npm run build` before.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'order-service-'));
const port = await freePort();
const base = `http://127.0.0.1:${port}`;

try {
  await withSample(() => {
    const answers = readmeRequests().map((line) => execFileSync('bash', ['-c', line], { encoding: 'utf8' }));
    expect(answers[0], /201[^]*ETag: "1"[^]*"orderId":"o-1"/i);
    expect(answers[1], /200[^]*ETag: "2"/i);
    expect(answers[2], /200[^]*ETag: "3"/i);
    expect(answers[3], /"status":"shipped"[^]*"total":"168\.00"|"total":"168\.00"[^]*"status":"shipped"/);
    expect(answers[4], /order-placed[^]*order-paid[^]*order-shipped/);
    expect(answers[5], /"productId":"11","quantity":12,"revenue":"168\.00"/);
    console.log(answers.join('\n'));
  });
  await withSample(async () => {
    const order = await (await fetch(`${base}/orders/o-1`)).json();
    if (order.status !== 'shipped' || order.version !== 3)
      throw new Error(`Lost over a restart: ${JSON.stringify(order)}`);
    const { items } = await (await fetch(`${base}/revenue`)).json();
    if (items.length !== 1) throw new Error(`Lost over a restart: ${JSON.stringify(items)}`);
    const page = await fetch(`${base}/docs`);
    if (!page.ok || !(await page.text()).includes('swagger')) throw new Error(`/docs answers ${page.status}`);
    console.log('After a restart the order is still there, and /docs is served.');
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The curl lines of the README's "Try it", for the port in use. */
function readmeRequests() {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const block = /```sh\n(curl[^]*?)```/.exec(readme)?.[1];
  const lines = block.replaceAll('\\\n', ' ').trim().split('\n');
  if (lines.length !== 6) throw new Error(`The README has ${lines.length} requests instead of 6.`);
  return lines.map((line) => line.replace('curl ', 'curl -s ').replaceAll('127.0.0.1:3000', `127.0.0.1:${port}`));
}

async function withSample(work) {
  const env = { ...process.env, PORT: String(port), HOST: '127.0.0.1' };
  delete env.DYNAMODB_ENDPOINT;
  const sample = spawn(process.execPath, [join(root, 'apps/order-service/dist/dev.js')], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  sample.stdout.on('data', (chunk) => (output += chunk));
  const ended = once(sample, 'exit');
  try {
    await healthy(sample, () => output);
    await work();
  } catch (error) {
    sample.kill('SIGTERM');
    await ended;
    throw error;
  }
  sample.kill('SIGTERM');
  const [code] = await Promise.race([ended, delay(30_000, ['nothing after 30 s'], { ref: false })]);
  if (code !== 0) throw new Error(`The sample ended with ${code} on SIGTERM:\n${output}`);
}

async function healthy(sample, output) {
  for (const end = Date.now() + 60_000; Date.now() < end; await delay(100)) {
    if (sample.exitCode !== null) throw new Error(`The sample ended at once:\n${output()}`);
    const answer = await fetch(`${base}/health`).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error(`The sample is not healthy after 60 s:\n${output()}`);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: free } = server.address();
  server.close();
  await once(server, 'close');
  return free;
}

function expect(answer, pattern) {
  if (!pattern.test(answer)) throw new Error(`Expected ${pattern}, but got:\n${answer}`);
}
