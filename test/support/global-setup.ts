import { createRequire } from 'node:module';
import type * as localDynamoDb from '../../libs/dynamo-event-store/src/testing/local-dynamodb/local-dynamodb.js';
import { transpileLocalDynamoDb } from './transpile-local-dynamodb.mjs';

/** What the set-up leaves for the teardown: Jest runs both in one process, and nothing but `globalThis` joins them. */
export interface DynamoDbOfTheRun {
  dynamoDbOfTheRun?: { stop(): Promise<void> };
}

/**
 * One engine for a whole Jest run: Jest calls a set-up file once, however many projects name it. The workers find the
 * engine in `DYNAMODB_ENDPOINT`. It is DynamoDB Local or, where that variable is set already, what it names; never dynalite
 * for want of Java, because the tests of transactions and Streams would not mean anything on it.
 */
export default async function startDynamoDbOfTheRun(): Promise<void> {
  const { startLocalDynamoDb } = await load();
  const local = await startLocalDynamoDb(process.env['DYNAMODB_ENDPOINT'] ? {} : { engine: 'dynamodb-local' });
  if (local.engine === 'external') return;
  process.env['DYNAMODB_ENDPOINT'] = local.endpoint;
  (globalThis as DynamoDbOfTheRun).dynamoDbOfTheRun = {
    async stop() {
      delete process.env['DYNAMODB_ENDPOINT'];
      await local.stop();
    },
  };
}

/** Jest loads this file outside its module loader, where Node does not find the `.ts` behind an import of `.js`. */
async function load(): Promise<typeof localDynamoDb> {
  const { entry, remove } = await transpileLocalDynamoDb();
  try {
    return createRequire(import.meta.url)(entry) as typeof localDynamoDb;
  } finally {
    await remove();
  }
}
