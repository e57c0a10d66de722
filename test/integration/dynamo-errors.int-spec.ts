import { execFile } from 'node:child_process';
import { createServer as createHttpServer } from 'node:http';
import { promisify } from 'node:util';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { DynamoEventStore } from 'nestjs-dynamo-event-store';
import { toEventStoreError } from '../../libs/dynamo-event-store/src/dynamo/dynamo-errors.js';
import { testClientConfig } from '../support/dynamodb.js';

const JSON_TYPE = 'application/x-amz-json-1.0';

const SDK_SCRIPT = `
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
const client = new DynamoDBClient(JSON.parse(process.argv[1]));
await client.send(new PutItemCommand({ TableName: 'events', Item: { pk: { S: 'x' } } })).catch((error) => {
  console.log(JSON.stringify({ ...error, name: error.name, message: error.message, $response: undefined, $metadata: error.$metadata }));
});
client.destroy();
`;

async function sdkErrorOutsideJest(endpoint: string): Promise<{ message: string }> {
  const requestHandler = {
    connectionTimeout: 1_000,
    requestTimeout: 300,
    socketTimeout: 600,
    throwOnRequestTimeout: true,
  };
  const config = JSON.stringify({ ...testClientConfig(), endpoint, maxAttempts: 1, requestHandler });
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', SDK_SCRIPT, config], {
    timeout: 20_000,
  });
  return JSON.parse(stdout) as { message: string };
}

/** Network failures as Node and the SDK really raise them, seen through the store. */
describe('an append whose request fails', () => {
  const opened: { server: Server; sockets: Set<Socket> }[] = [];
  const stores: DynamoEventStore[] = [];

  afterEach(async () => {
    for (const store of stores.splice(0)) store.close();
    for (const { server, sockets } of opened.splice(0)) {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  async function listen(server: Server): Promise<string> {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
    });
    opened.push({ server, sockets });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** A server that does this with each connection once the request arrives. */
  const raw = (onRequest: (socket: Socket) => void): Promise<string> =>
    listen(
      createServer((socket) =>
        socket.once('data', () => {
          onRequest(socket);
        }),
      ),
    );

  const answering = (status: number, body: string, contentType = JSON_TYPE): Promise<string> =>
    listen(
      createHttpServer((request, response) => {
        request.resume().on('end', () => response.writeHead(status, { 'content-type': contentType }).end(body));
      }),
    );

  async function failure(endpoint: string, clientConfig: object = {}): Promise<Record<string, unknown>> {
    const requestHandler = {
      connectionTimeout: 1_000,
      requestTimeout: 300,
      socketTimeout: 600,
      throwOnRequestTimeout: true,
    };
    const store = new DynamoEventStore({
      tableName: 'events',
      clientConfig: { ...testClientConfig(), endpoint, maxAttempts: 1, requestHandler, ...clientConfig },
    });
    stores.push(store);
    const append = store.append({ aggregate: 'order', id: 'o-1' }, [{ type: 't', payload: 1 }], {
      expected: 'none',
      commitId: 'c-1',
    });
    return append.then(
      () => {
        throw new Error('the append succeeded');
      },
      (error: unknown) => error as Record<string, unknown>,
    );
  }

  const unavailable = {
    name: 'StoreUnavailableError',
    code: 'STORE_UNAVAILABLE',
    retryable: true,
    operation: 'append',
    table: 'events',
    stream: 'order/o-1',
    commitId: 'c-1',
  };

  it('on a closed port can be sent again', async () => {
    const endpoint = await raw(() => undefined);
    await new Promise((resolve) => opened.splice(0)[0]!.server.close(resolve));
    const error = await failure(endpoint);
    expect(error).toMatchObject(unavailable);
    expect(error['message']).toMatch(/ECONNREFUSED.*commit id c-1/);
  });

  it('on a name with several addresses can be sent again', async () => {
    const endpoint = await raw(() => undefined);
    await new Promise((resolve) => opened.splice(0)[0]!.server.close(resolve));
    expect(await failure(endpoint.replace('127.0.0.1', 'localhost'))).toMatchObject(unavailable);
  });

  const brokenServers: [string, (socket: Socket) => void][] = [
    ['resets the connection', (socket) => socket.resetAndDestroy()],
    ['hangs up', (socket) => socket.end()],
    ['never answers', () => undefined],
    ['speaks something else', (socket) => socket.end('SSH-2.0-OpenSSH\r\n\r\n')],
    [
      'hangs up in the middle of its answer',
      (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"Attr', () => socket.destroy()),
    ],
    [
      'stops in the middle of its answer',
      (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"Attr'),
    ],
  ];

  it.each(brokenServers)(
    'by a server that %s can be sent again: it may have been carried out',
    async (_, onRequest) => {
      expect(await failure(await raw(onRequest))).toMatchObject(unavailable);
    },
  );

  // Jest runs tests in a realm of their own, where the SDK does not take Node's errors for errors. So here is what it
  // throws in a process without Jest.
  it.each([...brokenServers, ['is not there', undefined] as const])(
    'by a server that %s can be sent again, as the SDK says it outside Jest',
    async (_, onRequest) => {
      const endpoint = await raw(onRequest ?? (() => undefined));
      if (onRequest === undefined) await new Promise((resolve) => opened.splice(0)[0]!.server.close(resolve));
      const { message, ...fields } = await sdkErrorOutsideJest(endpoint);
      expect(message).not.toContain('wrapper');
      const cause = Object.assign(new Error(message), fields);
      expect(
        toEventStoreError(cause, { operation: 'append', table: 'events', stream: 'order/o-1', commitId: 'c-1' }),
      ).toMatchObject(unavailable);
    },
  );

  it.each<[number, string, string]>([
    [200, '{"Attributes":', JSON_TYPE],
    [200, '<html>welcome</html>', 'text/html'],
    [500, '', JSON_TYPE],
    [500, '{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"m"}', JSON_TYPE],
    [502, '<html>bad gateway</html>', 'text/html'],
    [503, '', JSON_TYPE],
    [504, 'timeout', 'text/plain'],
  ])('with the answer %i %j can be sent again', async (status, body, contentType) => {
    expect(await failure(await answering(status, body, contentType))).toMatchObject(unavailable);
  });

  it.each<[string, number, string, object]>([
    ['expired credentials', 400, 'ExpiredTokenException', { code: 'STORE_ACCESS_DENIED', retryable: false }],
    ['unknown credentials', 400, 'UnrecognizedClientException', { code: 'STORE_ACCESS_DENIED', retryable: false }],
    ['no permission', 400, 'AccessDeniedException', { code: 'STORE_ACCESS_DENIED', retryable: false }],
    ['throttling', 400, 'ThrottlingException', { code: 'STORE_THROTTLED', retryable: true }],
    [
      'provisioned throughput',
      400,
      'ProvisionedThroughputExceededException',
      { code: 'STORE_THROTTLED', retryable: true },
    ],
    [
      'a transaction on the same item',
      400,
      'TransactionConflictException',
      { code: 'STORE_THROTTLED', retryable: true },
    ],
    ['a missing table', 400, 'ResourceNotFoundException', { code: 'TABLE_NOT_FOUND', retryable: false }],
    ['an invalid request', 400, 'ValidationException', { code: 'STORE_REQUEST', retryable: false }],
  ])('for %s says so', async (_, status, type, fields) => {
    const body = JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'm' });
    expect(await failure(await answering(status, body))).toMatchObject({ ...fields, stream: 'order/o-1' });
  });

  it.each<[number, object]>([
    [429, { code: 'STORE_THROTTLED' }],
    [403, { code: 'STORE_ACCESS_DENIED' }],
    [413, { code: 'STORE_REQUEST' }],
  ])('by a proxy with the status %i says so', async (status, fields) => {
    expect(await failure(await answering(status, '', 'text/html'))).toMatchObject(fields);
  });

  it('for credentials that cannot be found says so, before anything is sent', async () => {
    const credentials = (): Promise<never> =>
      Promise.reject(Object.assign(new Error('Could not load credentials'), { name: 'CredentialsProviderError' }));
    expect(await failure('http://127.0.0.1:9', { credentials })).toMatchObject({
      code: 'STORE_ACCESS_DENIED',
      retryable: false,
    });
  });

  it('for a mistake in the settings is no outage', async () => {
    expect(await failure('not a url')).toMatchObject({ code: 'STORE_REQUEST', retryable: false });
  });
});
