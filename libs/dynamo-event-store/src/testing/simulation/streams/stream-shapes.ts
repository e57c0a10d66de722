import type { AttributeValue, KeySchemaElement, StreamViewType } from '@aws-sdk/client-dynamodb';

/**
 * Requests and answers of DynamoDB Streams, in the form of `@aws-sdk/client-dynamodb-streams`, which need not be installed
 * where the simulation is.
 */
export interface DescribeStreamInput {
  readonly StreamArn?: string | undefined;
  readonly Limit?: number | undefined;
  readonly ExclusiveStartShardId?: string | undefined;
  readonly ShardFilter?: { readonly Type?: string | undefined; readonly ShardId?: string | undefined } | undefined;
}

export interface DescribeStreamOutput {
  readonly StreamDescription: {
    readonly StreamArn: string;
    readonly StreamLabel: string;
    readonly StreamStatus: 'ENABLED' | 'DISABLED';
    readonly StreamViewType: StreamViewType;
    readonly CreationRequestDateTime: Date;
    readonly TableName: string;
    readonly KeySchema: KeySchemaElement[];
    readonly Shards: ShardOutput[];
    readonly LastEvaluatedShardId?: string;
  };
}

export interface ShardOutput {
  readonly ShardId: string;
  readonly ParentShardId?: string;
  readonly SequenceNumberRange: {
    readonly StartingSequenceNumber: string;
    readonly EndingSequenceNumber?: string;
  };
}

export interface GetShardIteratorInput {
  readonly StreamArn?: string | undefined;
  readonly ShardId?: string | undefined;
  readonly ShardIteratorType?: string | undefined;
  readonly SequenceNumber?: string | undefined;
}

export interface GetShardIteratorOutput {
  readonly ShardIterator: string;
}

export interface GetRecordsInput {
  readonly ShardIterator?: string | undefined;
  readonly Limit?: number | undefined;
}

export interface GetRecordsOutput {
  readonly Records: RecordOutput[];
  readonly NextShardIterator?: string;
}

export interface RecordOutput {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventVersion: string;
  readonly eventSource: string;
  readonly awsRegion: string;
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: Date;
    readonly Keys: Record<string, AttributeValue>;
    readonly NewImage?: Record<string, AttributeValue>;
    readonly OldImage?: Record<string, AttributeValue>;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: StreamViewType;
  };
  readonly userIdentity?: { readonly Type: string; readonly PrincipalId: string };
}
