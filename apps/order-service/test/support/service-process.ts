import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { OrderServiceConfig } from '../../src/config.js';
import { OrdersApi } from './http.js';

const CACHE = fileURLToPath(new URL('../../../../node_modules/.cache/order-service/', import.meta.url));
const BUILD = fileURLToPath(new URL('./build-service.mjs', import.meta.url));

/** The programs of the service, built from the sources as they are now. */
export interface BuiltService {
  /** `main.js`, `import.js`, … */
  program(name: string): string;
  remove(): Promise<void>;
}

export async function buildService(): Promise<BuiltService> {
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, 'build-'));
  await promisify(execFile)(process.execPath, [BUILD, folder]);
  return {
    program: (name) => join(folder, 'app', name),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What a program wrote and how it ended. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export async function runProgram(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  const child = spawn(process.execPath, [program, ...args], {
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** The service in a process of its own. */
export interface ServiceProcess {
  readonly api: OrdersApi;
  /** What it has logged so far, one object per line. */
  readonly log: readonly LogLine[];
  /** Asks it to stop, waits, and gives the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface LogLine {
  readonly level: string;
  readonly message: unknown;
}

/** Starts `main.js` on the tables of a configuration and waits until it listens. */
export async function startProcess(built: BuiltService, config: OrderServiceConfig): Promise<ServiceProcess> {
  const { endpoint, region } = config.dynamoDb;
  const env = {
    PORT: '0',
    EVENTS_TABLE: config.eventsTable,
    READ_MODEL_TABLE: config.readModelTable,
    CONTROL_TABLE: config.controlTable,
    LEASE_MS: String(config.leaseMs),
    READ_WAIT_MS: String(config.readWaitMs),
    PAYMENT_TIMEOUT: String(config.paymentTimeoutMs / 1000),
    DYNAMODB_ENDPOINT: endpoint,
    AWS_REGION: region,
  };
  const child = spawn(process.execPath, [built.program('main.js')], {
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const log: LogLine[] = [];
  const listening = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry = JSON.parse(line) as LogLine;
      log.push(entry);
      const url = typeof entry.message === 'string' ? /^Listening on (\S+)$/.exec(entry.message)?.[1] : undefined;
      if (url !== undefined) resolve(url);
    });
    void exited.then(([code]) => {
      reject(new Error(`the service ended with exit code ${code}: ${stderr}`));
    });
  });
  const url = await listening;
  return {
    api: new OrdersApi(url),
    log,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const [code] = await exited;
      return code;
    },
  };
}

/** Nothing of the test's own environment that could change what the program does. */
function environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...env };
}
