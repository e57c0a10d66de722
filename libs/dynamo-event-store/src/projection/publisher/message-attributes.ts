import type { OutgoingMessage } from './batch-publisher.js';

/** An attribute as SNS and SQS take it. */
export interface MessageAttribute {
  readonly DataType: 'String' | 'Number';
  readonly StringValue: string;
}

/** What subscriptions can filter by without looking into the message. `replay` is there in a replay only. */
export function attributesOf({ envelope, replay }: OutgoingMessage): Record<string, MessageAttribute> {
  return {
    type: text(envelope.type),
    aggregate: text(envelope.stream.aggregate),
    eventId: text(envelope.eventId),
    schemaVersion: { DataType: 'Number', StringValue: String(envelope.schemaVersion) },
    ...(replay ? { replay: text('true') } : {}),
  };
}

/** Bytes that count for the size of a message: its text, and name, type and value of each attribute. */
export function messageBytes(body: string, attributes: Readonly<Record<string, MessageAttribute>>): number {
  const parts = Object.entries(attributes).flatMap(([name, { DataType, StringValue }]) => [
    name,
    DataType,
    StringValue,
  ]);
  return [body, ...parts].reduce((bytes, part) => bytes + Buffer.byteLength(part), 0);
}

function text(value: string): MessageAttribute {
  return { DataType: 'String', StringValue: value };
}
