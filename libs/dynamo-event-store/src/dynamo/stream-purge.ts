import {
  BatchWriteItemCommand,
  type BatchWriteItemCommandOutput,
  QueryCommand,
  TransactWriteItemsCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { describeStream, type StreamId } from '../event/stream-id.js';
import type { Commit } from '../store/commit.js';
import { watched } from './attempts.js';
import type { DynamoRequests } from './dynamo-requests.js';
import type { Item } from './item-size.js';
import { itemKey, planQueryKeys } from './requests.js';
import { freeValues } from './reservation-purge.js';
import { ATTRIBUTES, commitSortKey, parseCommitSortKey, parsePartSortKey } from './table-schema.js';

/** Most requests that one BatchWriteItem takes. */
const BATCH = 25;

/**
 * Deletes all items of a closed stream. The first commit, by which the stream is listed, and the tombstone, which keeps
 * writers out, go last and together: whatever fails before, the stream stays listed and closed, and can be purged again. The
 * values that a page of commits has reserved become free before its commits go, since nothing else tells of them.
 */
export async function purgeStream(
  requests: DynamoRequests,
  table: string,
  stream: StreamId,
  tombstone: Commit | undefined,
): Promise<number> {
  const request = { operation: 'purge', table, stream: describeStream(stream) };
  const end = tombstone && commitSortKey(tombstone.version);
  const last = [commitSortKey(1), end];
  const found = new Set<string>();
  let deleted = 0;
  let startKey: Item | undefined;
  do {
    const input = planQueryKeys(table, stream, startKey);
    const page = await requests.send(request, (client) => client.send(new QueryCommand(input)));
    const sortKeys = (page.Items ?? []).flatMap((item) => item[ATTRIBUTES.sortKey]?.S ?? []);
    for (const key of sortKeys.filter((each) => last.includes(each))) found.add(key);
    const now = sortKeys.filter((key) => !last.includes(key) && (end !== undefined || !isOfCommit(key)));
    if (tombstone !== undefined) deleted += await freeValues(requests, table, stream, page.Items ?? []);
    await deleteAll(requests, table, stream, now);
    deleted += now.length;
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined);
  if (tombstone === undefined || end === undefined || !found.has(end)) return deleted;
  const TransactItems = [...found].map((key) => ({
    Delete: {
      TableName: table,
      Key: itemKey(stream, key),
      ...(key === end ? isStill(tombstone) : {}),
    },
  }));
  const answer = await requests.sendConditional(request, (client) =>
    client.send(watched(new TransactWriteItemsCommand({ TransactItems }))),
  );
  return 'output' in answer ? deleted + found.size : deleted;
}

/** Whoever has finished before may have made room for a new stream of this id, which is not to be touched. */
function isStill({ commitId }: Commit): object {
  return {
    ConditionExpression: '#commit = :commit',
    ExpressionAttributeNames: { '#commit': ATTRIBUTES.commitId },
    ExpressionAttributeValues: { ':commit': { S: commitId } },
  };
}

function isOfCommit(sortKey: string): boolean {
  return parseCommitSortKey(sortKey) !== undefined || parsePartSortKey(sortKey) !== undefined;
}

async function deleteAll(
  requests: DynamoRequests,
  table: string,
  stream: StreamId,
  sortKeys: readonly string[],
): Promise<void> {
  const request = { operation: 'purge', table, stream: describeStream(stream) };
  for (let at = 0; at < sortKeys.length; at += BATCH) {
    let batch: WriteRequest[] | undefined = sortKeys
      .slice(at, at + BATCH)
      .map((key) => ({ DeleteRequest: { Key: itemKey(stream, key) } }));
    for (let attempt = 1; batch !== undefined && batch.length > 0; attempt++) {
      if (attempt > 1) await requests.pause(attempt);
      const command = watched(new BatchWriteItemCommand({ RequestItems: { [table]: batch } }));
      const answer: BatchWriteItemCommandOutput = await requests.sendWrite(request, (client) => client.send(command));
      batch = answer.UnprocessedItems?.[table];
    }
  }
}
