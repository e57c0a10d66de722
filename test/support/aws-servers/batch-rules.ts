import { Refusal } from './protocol-server.js';

/** A message as SNS and SQS take it. */
export interface BatchEntry {
  readonly Id: string;
  readonly text: string;
  readonly attributes: Readonly<Record<string, { DataType: string; StringValue: string }>>;
  readonly group: string | undefined;
  readonly deduplicationId: string | undefined;
}

export interface AcceptedEntry extends BatchEntry {
  readonly MessageId: string;
  /** `false` for a duplicate within the deduplication interval: accepted, but not delivered. */
  readonly delivered: boolean;
}

export interface FailedEntry {
  readonly Id: string;
  readonly Code: string;
  readonly SenderFault: boolean;
  readonly Message: string;
}

const ENTRY_ID = /^[A-Za-z0-9_-]{1,80}$/;
const FIFO_ID = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;
/** All that XML 1.0 allows. */
const CONTENT = /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]+$/u;

/** What gets a whole batch refused, as the API references of SQS and SNS say. */
export function checkBatch(entries: readonly BatchEntry[], fifo: boolean, maxBytes: number): void {
  if (entries.length === 0) throw new Refusal('EmptyBatchRequest', 'There should be at least one entry.');
  if (entries.length > 10)
    throw new Refusal('TooManyEntriesInBatchRequest', 'Maximum number of entries per request are 10.');
  if (!entries.every(({ Id }) => ENTRY_ID.test(Id)))
    throw new Refusal('InvalidBatchEntryId', 'A batch entry id can only contain alphanumeric characters, - and _.');
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    throw new Refusal('BatchEntryIdsNotDistinct', 'Two or more batch entries have the same id.');
  const bytes = entries.reduce((sum, entry) => sum + bytesOf(entry), 0);
  if (bytes > maxBytes)
    throw new Refusal('BatchRequestTooLong', `Batch requests cannot be longer than ${maxBytes} bytes.`);
  for (const entry of entries) checkIds(entry, fifo);
}

/** What makes one message fail while the others are taken. */
export function faultOfEntry(entry: BatchEntry): FailedEntry | undefined {
  const attributes = Object.entries(entry.attributes);
  const isBad =
    !CONTENT.test(entry.text) ||
    attributes.length > 10 ||
    attributes.some(([, { DataType, StringValue }]) => DataType === '' || !CONTENT.test(StringValue));
  return isBad ? failed(entry, 'InvalidMessageContents', true) : undefined;
}

export function failed({ Id }: BatchEntry, Code: string, SenderFault: boolean): FailedEntry {
  return { Id, Code, SenderFault, Message: `${Code} on purpose` };
}

function checkIds({ group, deduplicationId }: BatchEntry, fifo: boolean): void {
  if (fifo && group === undefined) throw new Refusal('MissingParameter', 'The request must contain MessageGroupId.');
  if (fifo && deduplicationId === undefined)
    throw new Refusal('InvalidParameterValue', 'Provide a MessageDeduplicationId or enable ContentBasedDeduplication.');
  if (!fifo && deduplicationId !== undefined)
    throw new Refusal('InvalidParameterValue', 'MessageDeduplicationId is not valid for this type.');
  for (const id of [group, deduplicationId]) {
    if (id !== undefined && !FIFO_ID.test(id)) throw new Refusal('InvalidParameterValue', `"${id}" can only include …`);
  }
}

function bytesOf({ text, attributes }: BatchEntry): number {
  const parts = Object.entries(attributes).flatMap(([name, { DataType, StringValue }]) => [
    name,
    DataType,
    StringValue,
  ]);
  return [text, ...parts].reduce((sum, part) => sum + Buffer.byteLength(part), 0);
}
