import { InvalidArgumentError } from '../errors/argument-errors.js';
import {
  cloudFormationTableProperties,
  type CloudFormationTableProperties,
  type TableInfrastructureOptions,
} from './table-cloudformation.js';

export interface TableTerraformOptions extends TableInfrastructureOptions {
  /** Name of the resource in Terraform. Default `events`. */
  readonly resourceName?: string;
  /** Whether Terraform refuses plans that destroy the table. Default true. */
  readonly retain?: boolean;
}

/**
 * An `aws_dynamodb_table` resource as HCL text, formatted as `terraform fmt` does, for the provider `hashicorp/aws` from
 * 5.0; late 6.x versions warn that `hash_key` of an index is to be replaced one day. Values may be Terraform templates,
 * such as a `tableName` of `${var.environment}-events` or a `kmsKeyArn` of `${aws_kms_key.events.arn}`.
 * @throws InvalidArgumentError An option is out of range; see `eventTableDefinition`.
 */
export function eventTableTerraform(options: TableTerraformOptions): string {
  const { resourceName = 'events', retain = true } = options;
  if (!/^[A-Za-z_][\w-]*$/.test(resourceName)) {
    throw new InvalidArgumentError(
      'resourceName',
      'must begin with a letter or _ and consist of letters, digits, _ and -.',
    );
  }
  const table = cloudFormationTableProperties(options);
  const parts = [
    attributes({
      name: table.TableName,
      billing_mode: table.BillingMode,
      ...capacityOf(table),
      ...keysOf(table),
      stream_enabled: true,
      stream_view_type: table.StreamSpecification.StreamViewType,
      deletion_protection_enabled: table.DeletionProtectionEnabled,
      table_class: table.TableClass,
    }),
    ...table.AttributeDefinitions.map(({ AttributeName, AttributeType }) =>
      block('attribute', { name: AttributeName, type: AttributeType }),
    ),
    ...table.GlobalSecondaryIndexes.map((index) =>
      block('global_secondary_index', {
        name: index.IndexName,
        ...keysOf(index),
        projection_type: index.Projection.ProjectionType,
        ...capacityOf(index),
      }),
    ),
    block('ttl', {
      attribute_name: table.TimeToLiveSpecification.AttributeName,
      enabled: table.TimeToLiveSpecification.Enabled,
    }),
    block('point_in_time_recovery', { enabled: table.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled }),
    ...(table.SSESpecification === undefined ? [] : [encryption(table.SSESpecification)]),
    ...(table.Tags === undefined
      ? []
      : [block('tags =', Object.fromEntries(table.Tags.map(({ Key, Value }) => [quoted(Key), Value])))]),
    ...(retain ? [block('lifecycle', { prevent_destroy: true })] : []),
  ];
  return `${braced(`resource "aws_dynamodb_table" ${quoted(resourceName)}`, parts.join('\n\n'))}\n`;
}

type HclAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

function keysOf({ KeySchema }: Pick<CloudFormationTableProperties, 'KeySchema'>): HclAttributes {
  const nameOf = (type: 'HASH' | 'RANGE') => KeySchema.find(({ KeyType }) => KeyType === type)?.AttributeName;
  return { hash_key: nameOf('HASH'), range_key: nameOf('RANGE') };
}

function capacityOf({
  ProvisionedThroughput,
}: Pick<CloudFormationTableProperties, 'ProvisionedThroughput'>): HclAttributes {
  return {
    read_capacity: ProvisionedThroughput?.ReadCapacityUnits,
    write_capacity: ProvisionedThroughput?.WriteCapacityUnits,
  };
}

function encryption({
  SSEEnabled,
  KMSMasterKeyId,
}: NonNullable<CloudFormationTableProperties['SSESpecification']>): string {
  return block('server_side_encryption', { enabled: SSEEnabled, kms_key_arn: KMSMasterKeyId });
}

function block(header: string, content: HclAttributes): string {
  return braced(header, attributes(content));
}

function braced(header: string, body: string): string {
  return `${header} {\n${body.replace(/^(?=.)/gm, '  ')}\n}`;
}

/** One a line, the equals signs below each other. */
function attributes(content: HclAttributes): string {
  const present = Object.entries(content).filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...present.map(([name]) => name.length));
  return present.map(([name, value]) => `${name.padEnd(width)} = ${valueOf(value)}`).join('\n');
}

/** Text that is one template as a whole is written as its expression. */
function valueOf(value: string | number | boolean | undefined): string {
  if (typeof value !== 'string') return String(value);
  return /^\$\{([^{}]+)\}$/.exec(value)?.[1] ?? quoted(value);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
