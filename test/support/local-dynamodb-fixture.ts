import {
  BillingMode,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  TableStatus,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect } from '@jest/globals';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalDynamoDbError, startLocalDynamoDb } from 'nestjs-dynamo-event-store/testing';
import type { LocalDynamoDb, LocalDynamoDbOptions } from 'nestjs-dynamo-event-store/testing';
import { eventually } from './eventually.js';

const TableName = 'things';

/** Starts engines for one test, without the engine of the run, and stops them after it. */
export class LocalDynamoDbFixture {
  readonly environment = { ...process.env };
  /** An empty folder of the test's own. */
  folder = '';
  readonly #cleanUps: (() => unknown)[] = [];

  constructor() {
    beforeEach(async () => {
      delete process.env['DYNAMODB_ENDPOINT'];
      this.folder = await mkdtemp(join(tmpdir(), 'local-dynamodb-'));
    });
    afterEach(async () => {
      process.env = { ...this.environment };
      for (const cleanUp of this.#cleanUps.splice(0).reverse()) await cleanUp();
      await rm(this.folder, { recursive: true, force: true });
    });
  }

  async start(options?: LocalDynamoDbOptions): Promise<LocalDynamoDb> {
    const local = await startLocalDynamoDb(options);
    this.#cleanUps.push(() => local.stop());
    return local;
  }

  clientOf({ clientConfig }: LocalDynamoDb): DynamoDBClient {
    const client = new DynamoDBClient({ ...clientConfig, maxAttempts: 1 });
    this.#cleanUps.push(() => {
      client.destroy();
    });
    return client;
  }

  /** Takes a free port with a server that answers everything with 200 and a table list. */
  async occupyPort(): Promise<number> {
    const server = createServer((_request, response) => response.end('{"TableNames":[]}'));
    this.#cleanUps.push(() => {
      server.closeAllConnections();
      server.close();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }
}

export async function storeColour(client: DynamoDBClient, colour: string): Promise<void> {
  await client.send(new PutItemCommand({ TableName, Item: { pk: { S: 'thing' }, colour: { S: colour } } }));
}

export async function storedColour(client: DynamoDBClient): Promise<string | undefined> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName, Key: { pk: { S: 'thing' } }, ConsistentRead: true }),
  );
  return Item?.['colour']?.S;
}

/** The table of {@link storeColour}. */
export async function createColourTable(client: DynamoDBClient): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: BillingMode.PAY_PER_REQUEST,
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  );
  await eventually('the table is active', async () => {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    return Table?.TableStatus === TableStatus.ACTIVE;
  });
}

/** An engine that was just started has no tables; an engine that is not ready, or is another, throws or has some. */
export async function tablesOf(client: DynamoDBClient): Promise<string[] | undefined> {
  return (await client.send(new ListTablesCommand({}))).TableNames;
}

export async function errorOf(promise: Promise<unknown>): Promise<LocalDynamoDbError> {
  const error: unknown = await promise.then(
    () => new Error('nothing was thrown'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LocalDynamoDbError);
  return error as LocalDynamoDbError;
}

export function portOf({ endpoint }: { readonly endpoint: string }): number {
  return Number(new URL(endpoint).port);
}

/** Whether something accepts connections at the address. */
export async function accepts(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
