import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { createDynamoClient } from './dynamo-client.js';
import { DynamoEventStore } from './dynamo-event-store.js';

const endpoint = {
  endpoint: 'http://127.0.0.1:1',
  region: 'eu-west-1',
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
};

const logs = (client: DynamoDBClient): boolean =>
  client.middlewareStack.identify().some((name) => name.includes('loggerMiddleware'));

describe('the client of a store', () => {
  it('is made with less overhead and with time limits', async () => {
    const { client } = new DynamoEventStore({ clientConfig: endpoint, tableName: 'events' });
    const { cacheMiddleware, maxAttempts, requestHandler } = client.config;
    expect([cacheMiddleware, await maxAttempts(), logs(client)]).toEqual([true, 5, false]);
    await requestHandler.handle({ hostname: '' } as never).catch(() => undefined);
    const { httpHandlerConfigs } = requestHandler as { httpHandlerConfigs?(): object };
    expect(httpHandlerConfigs?.call(requestHandler)).toMatchObject({
      connectionTimeout: 3_000,
      requestTimeout: 10_000,
    });
    client.destroy();
  });

  it('takes every setting from the outside first', async () => {
    const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
    const client = createDynamoClient({ ...endpoint, maxAttempts: 2, cacheMiddleware: false, logger });
    expect([client.config.cacheMiddleware, await client.config.maxAttempts(), logs(client)]).toEqual([false, 2, true]);
    expect(client.config.logger).toBe(logger);
    client.destroy();
  });

  it('takes what is undefined for left out', async () => {
    const client = createDynamoClient({
      ...endpoint,
      ...({ maxAttempts: undefined, cacheMiddleware: undefined } as object),
    });
    expect([client.config.cacheMiddleware, await client.config.maxAttempts()]).toEqual([true, 5]);
    client.destroy();
  });

  it('follows AWS_MAX_ATTEMPTS', async () => {
    process.env['AWS_MAX_ATTEMPTS'] = '7';
    try {
      const client = createDynamoClient(endpoint);
      expect(await client.config.maxAttempts()).toBe(7);
      client.destroy();
    } finally {
      delete process.env['AWS_MAX_ATTEMPTS'];
    }
  });

  it('differs from one with the settings of the SDK, which is left as it is when it is passed in', () => {
    const client = new DynamoDBClient(endpoint);
    expect(new DynamoEventStore({ client, tableName: 'events' }).client).toBe(client);
    expect([client.config.cacheMiddleware, logs(client)]).toEqual([undefined, true]);
    client.destroy();
  });
});
