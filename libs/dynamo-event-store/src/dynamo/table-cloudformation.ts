import { InvalidArgumentError } from '../errors/argument-errors.js';
import {
  eventTableDefinition,
  TTL_ATTRIBUTE,
  type AnyTableDefinition,
  type TableDefinition,
  type TableDefinitionOptions,
} from './table-definition.js';

/** What infrastructure code says of the table beyond `CreateTable`. TTL is always on where the table has it. */
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

/** Properties of any table of the library; the same with fewer settings where it has no stream, TTL or indexes. */
export interface AnyCloudFormationTable
  extends
    Omit<AnyTableDefinition, 'SSESpecification'>,
    Pick<CloudFormationTableProperties, 'SSESpecification' | 'PointInTimeRecoverySpecification'>,
    Partial<Pick<CloudFormationTableProperties, 'StreamSpecification' | 'TimeToLiveSpecification'>> {}

/**
 * A CloudFormation template of the event table as JSON text, with TTL and point-in-time recovery; its outputs are
 * `TableName`, `TableArn` and `StreamArn`.
 * @throws InvalidArgumentError An option is out of range; see `eventTableDefinition`.
 */
export function eventTableCloudFormation(options: TableCloudFormationOptions): string {
  return cloudFormationTemplate(cloudFormationTableProperties(options), options, 'EventTable');
}

/** @internal The template of one table. @throws InvalidArgumentError The logical id cannot be one. */
export function cloudFormationTemplate(
  properties: AnyCloudFormationTable,
  options: Pick<TableCloudFormationOptions, 'logicalId' | 'retain'>,
  defaultId: string,
): string {
  const { logicalId = defaultId, retain = true } = options;
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
        Properties: properties,
      },
    },
    Outputs: {
      TableName: { Value: { Ref: logicalId } },
      TableArn: attribute('Arn'),
      ...(properties.StreamSpecification === undefined ? {} : { StreamArn: attribute('StreamArn') }),
    },
  };
  return `${JSON.stringify(template, null, 2)}\n`;
}

/** @internal */
export function cloudFormationTableProperties(options: TableInfrastructureOptions): CloudFormationTableProperties {
  const { StreamSpecification, ...table } = eventTableDefinition(options);
  return {
    ...cloudFormationPropertiesOf(table, options.pointInTimeRecovery ?? true),
    StreamSpecification: { StreamViewType: StreamSpecification.StreamViewType },
    TimeToLiveSpecification: { AttributeName: TTL_ATTRIBUTE, Enabled: true },
  };
}

/** @internal What `CreateTable` and CloudFormation name alike stays; the rest is renamed. */
export function cloudFormationPropertiesOf<T extends AnyTableDefinition>(
  { SSESpecification, ...same }: T,
  pointInTimeRecovery: boolean,
) {
  return {
    ...same,
    ...(SSESpecification === undefined ? {} : { SSESpecification: cloudFormationEncryption(SSESpecification) }),
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: pointInTimeRecovery },
  };
}

function cloudFormationEncryption({ Enabled, ...key }: NonNullable<TableDefinition['SSESpecification']>) {
  return { SSEEnabled: Enabled, ...key };
}
