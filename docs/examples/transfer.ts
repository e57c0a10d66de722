import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoEventStore } from 'nestjs-dynamo-event-store';
import {
  castoreTable,
  exportCommits,
  importCommits,
  linesOf,
  mapForeignEvent,
  migrate,
  type ImportReport,
  type MigrationReport,
} from 'nestjs-dynamo-event-store/transfer';

// #region copy
/** All streams of one tenant into a file, and from the file into another table. */
export async function copyTenant(
  source: DynamoEventStore,
  target: DynamoEventStore,
  tenant: string,
  file: string,
): Promise<ImportReport> {
  await pipeline(exportCommits({ store: source, tenant }), createWriteStream(file));
  // A function, so that the file is verified before anything is written.
  return importCommits(target, () => linesOf(createReadStream(file)));
}
// #endregion

// #region migrate
/** A table that castore has written; its event store `USERS` becomes the aggregate `user`. */
export async function migrateUsers(
  client: DynamoDBClient,
  tableName: string,
  store: DynamoEventStore,
): Promise<MigrationReport> {
  const map = (event: Parameters<typeof mapForeignEvent>[0]) =>
    event.store === 'USERS' ? { ...mapForeignEvent(event), aggregate: 'user' } : undefined;
  const { problems } = await migrate(castoreTable({ client, tableName }), store, { map, dryRun: true });
  if (problems.length > 0) throw new Error(problems.map(({ place, message }) => `${place}: ${message}`).join('\n'));
  return migrate(castoreTable({ client, tableName }), store, { map });
}
// #endregion
