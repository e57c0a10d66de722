import { InvalidArgumentError } from '../errors/argument-errors.js';
import {
  eventTableDefinition,
  TTL_ATTRIBUTE,
  type TableDefinition,
  type TableDefinitionOptions,
} from './table-definition.js';

/** What infrastructure code says of the table beyond `CreateTable`. TTL is always on. */
export interface TableInfrastructureOptions extends TableDefinitionOptions {
  /** Continuous backups of the last 35 days, billed by the size of the table. Default true: events are not kept anywhere else. */
  readonly pointInTimeRecovery?: boolean;
}

export interface TableCloudFormationOptions extends TableInfrastructureOptions {
  /** Logical id of the table in the template: letters and digits. Default `EventTable`. */
  readonly logicalId?: string;
  /** Whether the table outlives its stack, and its own replacement. Default true. */
  readonly retain?: boolean;
}

/** Properties of an `AWS::DynamoDB::Table`. */
export interface CloudFormationTableProperties extends Omit<
  TableDefinition,
  'StreamSpecification' | 'SSESpecification'
> {
  readonly StreamSpecification: { StreamViewType: 'NEW_IMAGE' };
  readonly SSESpecification?: { SSEEnabled: true; SSEType: 'KMS'; KMSMasterKeyId?: string };
  readonly TimeToLiveSpecification: { AttributeName: string; Enabled: true };
  readonly PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: boolean };
}

/**
 * A CloudFormation template of the event table as JSON text, with TTL and point-in-time recovery; its outputs are
 * `TableName`, `TableArn` and `StreamArn`.
 * @throws InvalidArgumentError An option is out of range; see `eventTableDefinition`.
 */
export function eventTableCloudFormation(options: TableCloudFormationOptions): string {
  const { logicalId = 'EventTable', retain = true } = options;
  if (!/^[A-Za-z0-9]+$/.test(logicalId))
    throw new InvalidArgumentError('logicalId', 'must consist of letters and digits.');
  const policy = retain ? 'Retain' : 'Delete';
  const attribute = (name: string) => ({ Value: { 'Fn::GetAtt': [logicalId, name] } });
  const template = {
    AWSTemplateFormatVersion: '2010-09-09',
    Resources: {
      [logicalId]: {
        Type: 'AWS::DynamoDB::Table',
        DeletionPolicy: policy,
        UpdateReplacePolicy: policy,
        Properties: cloudFormationTableProperties(options),
      },
    },
    Outputs: {
      TableName: { Value: { Ref: logicalId } },
      TableArn: attribute('Arn'),
      StreamArn: attribute('StreamArn'),
    },
  };
  return `${JSON.stringify(template, null, 2)}\n`;
}

/** @internal */
export function cloudFormationTableProperties(options: TableInfrastructureOptions): CloudFormationTableProperties {
  const { StreamSpecification, SSESpecification, ...same } = eventTableDefinition(options);
  return {
    ...same,
    StreamSpecification: { StreamViewType: StreamSpecification.StreamViewType },
    ...(SSESpecification === undefined ? {} : { SSESpecification: cloudFormationEncryption(SSESpecification) }),
    TimeToLiveSpecification: { AttributeName: TTL_ATTRIBUTE, Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: options.pointInTimeRecovery ?? true },
  };
}

function cloudFormationEncryption({ Enabled, ...key }: NonNullable<TableDefinition['SSESpecification']>) {
  return { SSEEnabled: Enabled, ...key };
}
