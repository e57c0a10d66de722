import { afterEach, describe, expect, it } from '@jest/globals';
import { startLocalDynamoDb } from './local-dynamodb.js';

const environment = { ...process.env };

afterEach(() => {
  process.env = { ...environment };
});

describe('startLocalDynamoDb', () => {
  it('starts nothing when DYNAMODB_ENDPOINT names an engine', async () => {
    process.env['DYNAMODB_ENDPOINT'] = 'http://127.0.0.1:9';
    process.env['AWS_REGION'] = 'eu-west-1';

    const local = await startLocalDynamoDb({ port: 1, startupTimeoutMs: 1 });

    expect(local.engine).toBe('external');
    expect(local.endpoint).toBe('http://127.0.0.1:9');
    expect(local.clientConfig).toMatchObject({ endpoint: 'http://127.0.0.1:9', region: 'eu-west-1' });
    await expect(local.stop()).resolves.toBeUndefined();
  });

  it.each([-1, 65_536, 1.5, NaN])('refuses port %d', async (port) => {
    await expect(startLocalDynamoDb({ port })).rejects.toThrow(RangeError);
  });

  it.each([0, -1, 1.5, Infinity])('refuses a startupTimeoutMs of %d', async (startupTimeoutMs) => {
    await expect(startLocalDynamoDb({ startupTimeoutMs })).rejects.toThrow(RangeError);
  });
});
