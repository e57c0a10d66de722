import { newsOfItem, type ItemNews } from '../dynamo/notice-of-item.js';
import { ATTRIBUTES, parseCommitSortKey, parsePartitionKey } from '../dynamo/table-schema.js';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { isRecord } from '../event/value-kind.js';
import { itemOfLambda } from './lambda-item.js';
import { sequenceNumberOf, type DynamoStreamRecord } from './stream-event.js';

/**
 * What a record of the event table's stream is to a feed: news of a commit, damage, or nothing. Commits are only ever
 * inserted; of other changes, such as archiving or expiry, there is no news.
 * @throws InvalidArgumentError It is no record of a DynamoDB stream, or of that of another table.
 */
export function newsOfRecord(record: DynamoStreamRecord): ItemNews {
  const sequenceNumber = sequenceNumberOf(record);
  if (record.eventName !== 'INSERT') return undefined;
  checkHasKeys(record);
  const partitionKey = textOf(record, ATTRIBUTES.partitionKey);
  const sortKey = textOf(record, ATTRIBUTES.sortKey);
  const version = sortKey === undefined ? 0 : parseCommitSortKey(sortKey);
  // Not even decoded: snapshots and parts may be large.
  if (version === undefined) return undefined;
  try {
    const { Keys: keys, NewImage: image } = record.dynamodb ?? {};
    // The keys are in the record twice; those of the image may be what is damaged.
    return newsOfItem({ ...itemOfLambda(image), ...(keys === undefined ? {} : itemOfLambda(keys)) });
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

/** Every item of an event table has its key attributes, whatever else is damaged. */
function checkHasKeys({ dynamodb }: DynamoStreamRecord): void {
  const images = [dynamodb?.Keys, dynamodb?.NewImage].filter((image) => isRecord(image));
  const attributes = images.flatMap((image) => Object.keys(image).filter((name) => image[name] !== undefined));
  const { partitionKey, sortKey } = ATTRIBUTES;
  if (attributes.length === 0 || [partitionKey, sortKey].every((name) => attributes.includes(name))) return;
  throw new InvalidArgumentError(
    'records',
    `hold an item with the attributes ${[...new Set(attributes)].slice(0, 5).join(', ')}, without the keys of an event table; correct the event source mapping.`,
  );
}

/** Of a key attribute; also where other attributes are damaged. */
function textOf({ dynamodb }: DynamoStreamRecord, attribute: string): string | undefined {
  const text: unknown = dynamodb?.Keys?.[attribute]?.S ?? dynamodb?.NewImage?.[attribute]?.S;
  return typeof text === 'string' ? text : undefined;
}
