import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AcceptedEntry, BatchEntry } from './batch-rules.js';
import { MessageLog } from './message-log.js';
import { ProtocolServer, Refusal, type Answer } from './protocol-server.js';

type Attributes = Record<string, { DataType: string; StringValue: string }>;

interface SendEntry {
  Id: string;
  MessageBody: string;
  MessageAttributes?: Attributes;
  MessageGroupId?: string;
  MessageDeduplicationId?: string;
}

interface SqsRequest {
  QueueUrl: string;
  Entries?: (SendEntry & { ReceiptHandle: string })[];
  MaxNumberOfMessages?: number;
}

interface Queue {
  readonly log: MessageLog;
  /** Ids of messages that were received and not deleted yet. They stay so: there is no visibility timeout. */
  readonly inFlight: Set<string>;
}

/** SQS over AWS JSON 1.0: `SendMessageBatch`, `ReceiveMessage` and `DeleteMessageBatch`. */
export class SqsServer extends ProtocolServer {
  /** Clock of the deduplication interval. */
  now: () => number = Date.now;
  private readonly queues = new Map<string, Queue>();

  constructor() {
    super('application/x-amz-json-1.0');
  }

  /** Returns the URL. A name that ends with `.fifo` makes a FIFO queue without content-based deduplication. */
  createQueue(name: string, maximumMessageSize = 262_144): string {
    const url = `${this.endpoint}/111122223333/${name}`;
    const log = new MessageLog(name.endsWith('.fifo'), maximumMessageSize, () => this.now());
    this.queues.set(url, { log, inFlight: new Set() });
    return url;
  }

  protected carryOut({ headers }: IncomingMessage, body: string): Answer {
    const request = JSON.parse(body) as SqsRequest;
    const queue = this.queues.get(request.QueueUrl);
    if (queue === undefined) throw new Refusal('QueueDoesNotExist', 'The specified queue does not exist.');
    switch (headers['x-amz-target']) {
      case 'AmazonSQS.SendMessageBatch':
        return ok(this.send(queue, request));
      case 'AmazonSQS.ReceiveMessage':
        return ok({ Messages: receive(queue, request.MaxNumberOfMessages ?? 1).map(messageOf) });
      case 'AmazonSQS.DeleteMessageBatch':
        return ok(remove(queue, request));
      default:
        throw new Refusal('InvalidAction', 'The action is not valid.');
    }
  }

  protected refuse({ code, message, status }: Refusal): Answer {
    return { status, body: JSON.stringify({ __type: `com.amazonaws.sqs#${code}`, message }) };
  }

  private send({ log }: Queue, { Entries = [] }: SqsRequest): object {
    this.batches.push(Entries.map(({ MessageBody }) => MessageBody));
    const { Successful, Failed } = log.take(Entries.map(entryOf), this.entryFault);
    return {
      Successful: Successful.map(({ Id, MessageId, text, attributes }) => ({
        Id,
        MessageId,
        MD5OfMessageBody: md5(text),
        MD5OfMessageAttributes: md5OfAttributes(attributes),
      })),
      Failed,
    };
  }
}

/** At most `limit` messages; of a group only while none of its messages is in flight, and then in order. */
function receive({ log, inFlight }: Queue, limit: number): AcceptedEntry[] {
  const isFree = ({ MessageId }: AcceptedEntry) => !inFlight.has(MessageId);
  const lockedGroups = new Set(log.messages.filter((each) => !isFree(each)).map(({ group }) => group));
  const available = log.messages.filter(
    (each) => isFree(each) && !(each.group !== undefined && lockedGroups.has(each.group)),
  );
  const received = available.slice(0, limit);
  for (const { MessageId } of received) inFlight.add(MessageId);
  return received;
}

function remove({ log, inFlight }: Queue, { Entries = [] }: SqsRequest): object {
  for (const { ReceiptHandle } of Entries) {
    const index = log.messages.findIndex(({ MessageId }) => MessageId === ReceiptHandle);
    if (index >= 0) log.messages.splice(index, 1);
    inFlight.delete(ReceiptHandle);
  }
  return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
}

function entryOf(entry: SendEntry): BatchEntry {
  return {
    Id: entry.Id,
    text: entry.MessageBody,
    attributes: entry.MessageAttributes ?? {},
    group: entry.MessageGroupId,
    deduplicationId: entry.MessageDeduplicationId,
  };
}

function messageOf({ MessageId, text, attributes, group, deduplicationId }: AcceptedEntry): object {
  return {
    MessageId,
    ReceiptHandle: MessageId,
    Body: text,
    MD5OfBody: md5(text),
    MessageAttributes: attributes,
    Attributes: {
      ...(group === undefined ? {} : { MessageGroupId: group }),
      ...(deduplicationId === undefined ? {} : { MessageDeduplicationId: deduplicationId }),
    },
  };
}

function ok(answer: object): Answer {
  return { status: 200, body: JSON.stringify(answer) };
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** As the developer guide of SQS describes it: name, type, one byte for text, value; each with its length in front. */
function md5OfAttributes(attributes: Attributes): string {
  const hash = createHash('md5');
  const add = (text: string) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(text));
    hash.update(length).update(text);
  };
  for (const name of Object.keys(attributes).sort()) {
    const { DataType, StringValue } = attributes[name]!;
    add(name);
    add(DataType);
    hash.update(Buffer.of(1));
    add(StringValue);
  }
  return hash.digest('hex');
}
