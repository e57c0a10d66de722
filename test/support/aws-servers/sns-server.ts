import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AcceptedEntry, BatchEntry } from './batch-rules.js';
import { MessageLog } from './message-log.js';
import { ProtocolServer, Refusal, type Answer } from './protocol-server.js';

/** SNS over the AWS query protocol: `PublishBatch`. What subscribers would get is in `messages`. */
export class SnsServer extends ProtocolServer {
  /** Clock of the deduplication interval. */
  now: () => number = Date.now;
  private readonly topics = new Map<string, MessageLog>();

  constructor() {
    super('text/xml');
  }

  /** Returns the ARN. A name that ends with `.fifo` makes a FIFO topic without content-based deduplication. */
  createTopic(name: string, maximumMessageSize = 262_144): string {
    const arn = `arn:aws:sns:eu-west-1:111122223333:${name}`;
    this.topics.set(arn, new MessageLog(name.endsWith('.fifo'), maximumMessageSize, () => this.now()));
    return arn;
  }

  messages(topicArn: string): readonly AcceptedEntry[] {
    return this.topics.get(topicArn)!.messages;
  }

  protected carryOut(_request: IncomingMessage, body: string): Answer {
    const form = new URLSearchParams(body);
    if (form.get('Action') !== 'PublishBatch' || form.get('Version') !== '2010-03-31')
      throw new Refusal('InvalidAction', 'The action is not valid.');
    const topic = this.topics.get(form.get('TopicArn') ?? '');
    if (topic === undefined) throw new Refusal('NotFound', 'Topic does not exist', 404);
    const entries = entriesOf(form);
    this.batches.push(entries.map(({ text }) => text));
    const { Successful, Failed } = topic.take(entries, this.entryFault);
    const successful = Successful.map(({ Id, MessageId }) => element('member', members({ Id, MessageId })));
    const failed = Failed.map((failure) => element('member', members({ ...failure })));
    const result = element('Successful', successful.join('')) + element('Failed', failed.join(''));
    return answer(200, 'PublishBatchResponse', element('PublishBatchResult', result));
  }

  protected refuse({ code, message, status }: Refusal): Answer {
    const Type = status < 500 ? 'Sender' : 'Receiver';
    return answer(status, 'ErrorResponse', element('Error', members({ Type, Code: code, Message: message })));
  }
}

function entriesOf(form: URLSearchParams): BatchEntry[] {
  const entries: BatchEntry[] = [];
  for (let place = 1; ; place++) {
    const prefix = `PublishBatchRequestEntries.member.${place}`;
    const Id = form.get(`${prefix}.Id`);
    if (Id === null) return entries;
    entries.push({
      Id,
      text: form.get(`${prefix}.Message`) ?? '',
      attributes: attributesOf(form, `${prefix}.MessageAttributes.entry`),
      group: form.get(`${prefix}.MessageGroupId`) ?? undefined,
      deduplicationId: form.get(`${prefix}.MessageDeduplicationId`) ?? undefined,
    });
  }
}

function attributesOf(form: URLSearchParams, prefix: string): BatchEntry['attributes'] {
  const attributes: Record<string, { DataType: string; StringValue: string }> = {};
  for (let place = 1; ; place++) {
    const name = form.get(`${prefix}.${place}.Name`);
    if (name === null) return attributes;
    attributes[name] = {
      DataType: form.get(`${prefix}.${place}.Value.DataType`) ?? '',
      StringValue: form.get(`${prefix}.${place}.Value.StringValue`) ?? '',
    };
  }
}

function answer(status: number, root: string, content: string): Answer {
  const metadata = element('ResponseMetadata', element('RequestId', randomUUID()));
  return { status, body: `<${root} xmlns="http://sns.amazonaws.com/doc/2010-03-31/">${content}${metadata}</${root}>` };
}

function members(fields: Readonly<Record<string, string | boolean>>): string {
  return Object.entries(fields)
    .map(([name, value]) => element(name, String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;')))
    .join('');
}

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}
