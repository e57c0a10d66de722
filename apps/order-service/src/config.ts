import type { LogLevel } from '@nestjs/common';
import { parseDurationMs } from './duration.js';

export interface OrderServiceConfig {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
  readonly eventsTable: string;
  readonly readModelTable: string;
  /** Table of progress, leases, parked orders and timers. */
  readonly controlTable: string;
  /** Create the tables at boot unless they exist; for development. */
  readonly createTables: boolean;
  /**
   * `dynalite` has neither streams nor transactions: new events are found by scanning the table, and there are no revenue
   * and no payment process.
   */
  readonly engine: 'dynamodb' | 'dynalite';
  /** How long other processes wait before they take over from one that is gone, in ms. */
  readonly leaseMs: number;
  /** How long a query waits until its read model shows what it must show, in ms. */
  readonly readWaitMs: number;
  /** How long after it was stored an order is cancelled unless it is paid, in ms. */
  readonly paymentTimeoutMs: number;
  readonly logLevel: LogLevel;
  readonly dynamoDb: DynamoDbConfig;
}

/** A part of `DynamoDBClientConfig`; what is absent is up to the SDK. */
export interface DynamoDbConfig {
  readonly region: string;
  readonly endpoint?: string;
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** The environment does not add up. The message is one line that names every variable at fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly faults: readonly string[]) {
    super(`The configuration is not usable: ${faults.join('; ')}.`);
  }
}

const LOG_LEVELS: readonly LogLevel[] = ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'];
const TABLE_NAME = /^[a-zA-Z0-9_.-]{3,255}$/;

/** @throws ConfigError */
export function loadConfig(env: NodeJS.ProcessEnv): OrderServiceConfig {
  const faults: string[] = [];
  const read = (name: string, fallback: string, isValid: (text: string) => boolean, rule: string): string => {
    const text = valueOf(env, name) ?? fallback;
    if (!isValid(text)) faults.push(`${name} is "${text}", but must be ${rule}`);
    return text;
  };
  const isPort = (text: string) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
  const isTable = (text: string) => TABLE_NAME.test(text);
  const port = Number(read('PORT', '3000', isPort, 'a whole number from 0 to 65535'));
  const host = read('HOST', '127.0.0.1', (text) => !/\s/.test(text), 'a host name or address');
  const eventsTable = read('EVENTS_TABLE', 'order-events', isTable, 'the name of a DynamoDB table');
  const readModelTable = read('READ_MODEL_TABLE', `${eventsTable}-views`, isTable, 'the name of a DynamoDB table');
  const controlTable = read('CONTROL_TABLE', `${eventsTable}-control`, isTable, 'the name of a DynamoDB table');
  if (new Set([eventsTable, readModelTable, controlTable]).size < 3)
    faults.push('EVENTS_TABLE, READ_MODEL_TABLE and CONTROL_TABLE must be three tables');
  const isBetween = (least: number, most: number) => (text: string) =>
    /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most;
  const leaseMs = Number(read('LEASE_MS', '10000', isBetween(1_000, 300_000), 'a whole number from 1000 to 300000'));
  const readWaitMs = Number(read('READ_WAIT_MS', '2000', isBetween(0, 60_000), 'a whole number from 0 to 60000'));
  const isDuration = (text: string) => parseDurationMs(text) !== undefined;
  const timeout = read('PAYMENT_TIMEOUT', 'P7D', isDuration, 'seconds, or an ISO 8601 duration such as P7D or PT30M');
  const paymentTimeoutMs = parseDurationMs(timeout) ?? 0;
  const isLevel = (text: string) => (LOG_LEVELS as readonly string[]).includes(text);
  const logLevel = read('LOG_LEVEL', 'log', isLevel, `one of ${LOG_LEVELS.join(', ')}`) as LogLevel;
  const dynamoDb = dynamoDbOf(env, faults);
  if (faults.length > 0) throw new ConfigError(faults);
  return {
    port,
    host,
    eventsTable,
    readModelTable,
    controlTable,
    createTables: false,
    engine: 'dynamodb',
    leaseMs,
    readWaitMs,
    paymentTimeoutMs,
    logLevel,
    dynamoDb,
  };
}

/** The levels that are logged at a threshold. */
export function levelsFrom(threshold: LogLevel): LogLevel[] {
  return LOG_LEVELS.slice(LOG_LEVELS.indexOf(threshold));
}

function dynamoDbOf(env: NodeJS.ProcessEnv, faults: string[]): DynamoDbConfig {
  const endpoint = valueOf(env, 'DYNAMODB_ENDPOINT');
  const region = valueOf(env, 'AWS_REGION');
  if (endpoint === undefined) {
    if (region === undefined)
      faults.push('AWS_REGION is not set (or set DYNAMODB_ENDPOINT for a DynamoDB of your own)');
    return { region: region ?? '' };
  }
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) {
    faults.push(`DYNAMODB_ENDPOINT is "${endpoint}", but must be a URL such as http://127.0.0.1:8000`);
  }
  // Only emulators speak plain http. They take any credentials, while without any the SDK would go looking for a role.
  const isEmulator = endpoint.startsWith('http://') && valueOf(env, 'AWS_ACCESS_KEY_ID') === undefined;
  return {
    region: region ?? 'local',
    endpoint,
    ...(isEmulator ? { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } } : {}),
  };
}

function valueOf(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const text = env[name]?.trim();
  return text === '' ? undefined : text;
}
