import { InvalidArgumentError } from '../errors/argument-errors.js';

/**
 * A value of an item as Lambda gives it in JSON: exactly one of these fields. Numbers are text, bytes are base64.
 * `DynamoDBStreamEvent` of `@types/aws-lambda` fits these types.
 */
export interface LambdaAttributeValue {
  readonly S?: string | undefined;
  readonly N?: string | undefined;
  readonly B?: string | undefined;
  readonly BOOL?: boolean | undefined;
  readonly NULL?: boolean | undefined;
  readonly SS?: readonly string[] | undefined;
  readonly NS?: readonly string[] | undefined;
  readonly BS?: readonly string[] | undefined;
  readonly L?: readonly LambdaAttributeValue[] | undefined;
  readonly M?: LambdaItem | undefined;
}

/** Attributes by name. */
export type LambdaItem = Readonly<Record<string, LambdaAttributeValue>>;

/** One change of one item. */
export interface DynamoStreamRecord {
  readonly eventID?: string | undefined;
  readonly eventName?: 'INSERT' | 'MODIFY' | 'REMOVE' | undefined;
  readonly eventSourceARN?: string | undefined;
  readonly dynamodb?:
    | {
        readonly Keys?: LambdaItem | undefined;
        readonly NewImage?: LambdaItem | undefined;
        /** Position in the shard: decimal digits. */
        readonly SequenceNumber?: string | undefined;
        readonly StreamViewType?: 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES' | undefined;
      }
    | undefined;
}

/** What a function gets whose event source mapping is a DynamoDB stream. */
export interface DynamoStreamEvent {
  readonly Records: readonly DynamoStreamRecord[];
}

/** Place of a record in its shard. @throws InvalidArgumentError It has none, so that its failure could not be reported. */
export function sequenceNumberOf(record: DynamoStreamRecord): string {
  const number: unknown = (record as DynamoStreamRecord | null | undefined)?.dynamodb?.SequenceNumber;
  if (typeof number === 'string' && /^\d+$/.test(number)) return number;
  throw new InvalidArgumentError(
    'records',
    'hold something that is no record of a DynamoDB stream; invoke the function by an event source mapping on the stream of the event table.',
  );
}

/**
 * Checks that the records come from the stream of the event table, as far as they tell.
 * @param table Name or ARN of the event table.
 * @throws InvalidArgumentError These are no records, or some of another table: the mapping is on the wrong stream.
 */
export function checkSource(records: readonly DynamoStreamRecord[], table: string): void {
  checkStreamRecords(records);
  const name = tableOf(table) ?? table;
  for (const { eventSourceARN } of records) {
    const source = tableOf(eventSourceARN);
    if (source !== undefined && source !== name)
      throw new InvalidArgumentError(
        'records',
        `come from the stream of table "${source}", but the event table is "${name}"; correct the event source mapping.`,
      );
  }
}

/** Name of the table in an ARN of a table or of its stream. */
function tableOf(arn: unknown): string | undefined {
  return typeof arn === 'string' ? /^arn:[^:]*:dynamodb:[^:]*:[^:]*:table\/([^/]+)/.exec(arn)?.[1] : undefined;
}

/**
 * Checks that these are records of a stream with new images.
 * @throws InvalidArgumentError There are none, one is of another source, or the stream has no new images.
 */
export function checkStreamRecords(records: readonly DynamoStreamRecord[]): void {
  if (!Array.isArray(records) || records.length === 0)
    throw new InvalidArgumentError('records', 'must be the Records of a DynamoDB stream event, at least one.');
  for (const record of records as readonly DynamoStreamRecord[]) {
    sequenceNumberOf(record);
    const view = record.dynamodb?.StreamViewType;
    if (view === 'KEYS_ONLY' || view === 'OLD_IMAGE')
      throw new InvalidArgumentError(
        'records',
        `come from a stream of ${view}, without the commits; its StreamViewType must be NEW_IMAGE.`,
      );
  }
}
