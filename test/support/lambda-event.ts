import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { _Record } from '@aws-sdk/client-dynamodb-streams';
import type {
  DynamoStreamEvent,
  DynamoStreamRecord,
  LambdaAttributeValue,
  LambdaItem,
} from '../../libs/dynamo-event-store/src/lambda/stream-event.js';

/** Records of DynamoDB Streams as a function gets them: through JSON, bytes as base64, times in seconds. */
export function lambdaEventOf(records: readonly _Record[], tableName: string): DynamoStreamEvent {
  return JSON.parse(
    JSON.stringify({ Records: records.map((record) => lambdaRecordOf(record, tableName)) }),
  ) as DynamoStreamEvent;
}

function lambdaRecordOf(record: _Record, tableName: string): DynamoStreamRecord & Record<string, unknown> {
  const { ApproximateCreationDateTime: at, Keys, NewImage, OldImage, ...rest } = record.dynamodb ?? {};
  return {
    eventID: record.eventID,
    eventName: record.eventName,
    eventVersion: record.eventVersion,
    eventSource: 'aws:dynamodb',
    awsRegion: record.awsRegion,
    eventSourceARN: `arn:aws:dynamodb:eu-west-1:123456789012:table/${tableName}/stream/2026-01-01T00:00:00.000`,
    dynamodb: {
      ...rest,
      ...(at === undefined ? {} : { ApproximateCreationDateTime: at.getTime() / 1000 }),
      ...(Keys === undefined ? {} : { Keys: lambdaItemOf(Keys) }),
      ...(NewImage === undefined ? {} : { NewImage: lambdaItemOf(NewImage) }),
      ...(OldImage === undefined ? {} : { OldImage: lambdaItemOf(OldImage) }),
    },
  };
}

export function lambdaItemOf(item: Record<string, AttributeValue>): LambdaItem {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, lambdaValueOf(value)]));
}

function lambdaValueOf(value: AttributeValue): LambdaAttributeValue {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.L !== undefined) return { L: value.L.map(lambdaValueOf) };
  if (value.M !== undefined) return { M: lambdaItemOf(value.M) };
  return value;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
