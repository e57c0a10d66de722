import 'reflect-metadata';
import { resolve } from 'node:path';
import { startLocalDynamoDb } from 'nestjs-dynamo-event-store/testing';
import { runProgram, startOrderService } from './bootstrap.js';
import { loadConfig } from './config.js';

const DATA_FOLDER = resolve('.dynamodb');

// Everything on this machine: a DynamoDB that keeps its data in a folder, the tables, and the service.
await runProgram(async () => {
  const local = await startLocalDynamoDb({ dbPath: DATA_FOLDER });
  try {
    const config = loadConfig({ ...process.env, DYNAMODB_ENDPOINT: local.endpoint });
    const dynamoDb = { ...config.dynamoDb, ...local.clientConfig };
    const engine = local.engine === 'dynalite' ? 'dynalite' : 'dynamodb';
    const { url } = await startOrderService({ ...config, dynamoDb, engine, createTables: true }, () => local.stop());
    const data =
      local.engine === 'external'
        ? `in the DynamoDB at ${local.endpoint}`
        : `${DATA_FOLDER} (${local.engine} at ${local.endpoint})`;
    process.stdout.write(
      `\n  order-service  ${url}\n  API page       ${url}/docs\n  Data           ${data}\n  Ctrl-C stops it; the data stays.\n\n`,
    );
  } catch (error) {
    await local.stop();
    throw error;
  }
});
