import { newsOfItem, type ItemNews } from '../dynamo/notice-of-item.js';
import { ATTRIBUTES, parseCommitSortKey, parsePartitionKey } from '../dynamo/table-schema.js';
import { itemOfLambda } from './lambda-item.js';
import { sequenceNumberOf, type DynamoStreamRecord } from './stream-event.js';

/**
 * What a record of the event table's stream is to a feed: news of a commit, damage, or nothing. Commits are only ever
 * inserted; of other changes, such as archiving or expiry, there is no news.
 * @throws InvalidArgumentError It is no record of a DynamoDB stream.
 */
export function newsOfRecord(record: DynamoStreamRecord): ItemNews {
  const sequenceNumber = sequenceNumberOf(record);
  if (record.eventName !== 'INSERT') return undefined;
  const partitionKey = textOf(record, ATTRIBUTES.partitionKey);
  const sortKey = textOf(record, ATTRIBUTES.sortKey);
  const version = sortKey === undefined ? 0 : parseCommitSortKey(sortKey);
  // Not even decoded: snapshots and parts may be large.
  if (version === undefined) return undefined;
  try {
    return newsOfItem(itemOfLambda(record.dynamodb?.NewImage));
  } catch (cause) {
    return {
      unreadable: {
        key: `${partitionKey ?? '?'} ${sortKey ?? '?'}`,
        stream: parsePartitionKey(partitionKey ?? ''),
        version,
        cause: new SyntaxError(`Record ${sequenceNumber} of the stream cannot be read.`, { cause }),
      },
    };
  }
}

/** Of a key attribute; also where other attributes are damaged. */
function textOf({ dynamodb }: DynamoStreamRecord, attribute: string): string | undefined {
  const text: unknown = dynamodb?.Keys?.[attribute]?.S ?? dynamodb?.NewImage?.[attribute]?.S;
  return typeof text === 'string' ? text : undefined;
}
