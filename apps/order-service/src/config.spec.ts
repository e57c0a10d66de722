import { describe, expect, it } from '@jest/globals';
import { ConfigError, levelsFrom, loadConfig } from './config.js';

function faultsOf(env: NodeJS.ProcessEnv): string {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('the configuration', () => {
  it('needs no more than a region', () => {
    expect(loadConfig({ AWS_REGION: 'eu-central-1' })).toEqual({
      port: 3000,
      host: '127.0.0.1',
      eventsTable: 'order-events',
      readModelTable: 'order-events-views',
      controlTable: 'order-events-control',
      createTables: false,
      engine: 'dynamodb',
      leaseMs: 10_000,
      readWaitMs: 2_000,
      paymentTimeoutMs: 604_800_000,
      logLevel: 'log',
      dynamoDb: { region: 'eu-central-1' },
    });
  });

  it('takes everything from the environment', () => {
    const env = {
      PORT: '0',
      HOST: '::1',
      EVENTS_TABLE: 'ev-1',
      READ_MODEL_TABLE: 'rm-1',
      CONTROL_TABLE: 'co-1',
      LEASE_MS: '2000',
      READ_WAIT_MS: '0',
      PAYMENT_TIMEOUT: 'PT30M',
      LOG_LEVEL: 'warn',
      AWS_REGION: 'local',
    };
    expect(loadConfig(env)).toMatchObject({
      port: 0,
      host: '::1',
      eventsTable: 'ev-1',
      readModelTable: 'rm-1',
      controlTable: 'co-1',
      leaseMs: 2_000,
      readWaitMs: 0,
      paymentTimeoutMs: 1_800_000,
      logLevel: 'warn',
    });
  });

  it('gives an emulator region and credentials of its own, unless there are others', () => {
    const DYNAMODB_ENDPOINT = 'http://127.0.0.1:8000';
    expect(loadConfig({ DYNAMODB_ENDPOINT }).dynamoDb).toEqual({
      endpoint: DYNAMODB_ENDPOINT,
      region: 'local',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const given = { DYNAMODB_ENDPOINT, AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    expect(loadConfig(given).dynamoDb).toEqual({ endpoint: DYNAMODB_ENDPOINT, region: 'eu-west-1' });
  });

  it('names everything that is wrong in one line', () => {
    const message = faultsOf({
      PORT: '99999',
      HOST: 'a b',
      EVENTS_TABLE: 'x',
      LOG_LEVEL: 'loud',
      LEASE_MS: '10',
      READ_WAIT_MS: '-1',
      PAYMENT_TIMEOUT: 'P1M',
      DYNAMODB_ENDPOINT: '127.0.0.1:8000',
    });
    const names = ['PORT', 'HOST', 'EVENTS_TABLE', 'LOG_LEVEL', 'LEASE_MS', 'READ_WAIT_MS', 'PAYMENT_TIMEOUT'];
    for (const name of [...names, 'DYNAMODB_ENDPOINT']) expect(message).toContain(`${name} is "`);
    expect(message).not.toContain('\n');
    expect(faultsOf({})).toContain('AWS_REGION');
    expect(faultsOf({ AWS_REGION: 'local', EVENTS_TABLE: 'same', READ_MODEL_TABLE: 'same' })).toContain('three tables');
    expect(faultsOf({ AWS_REGION: 'local', EVENTS_TABLE: 'events', CONTROL_TABLE: 'events' })).toContain(
      'three tables',
    );
  });

  it('logs what is as important as the threshold, or more', () => {
    expect(levelsFrom('warn')).toEqual(['warn', 'error', 'fatal']);
  });
});
