import { InvalidArgumentError } from '../errors/argument-errors.js';
import {
  cloudFormationTableProperties,
  type AnyCloudFormationTable,
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
  return terraformResource(cloudFormationTableProperties(options), options, 'events');
}

/** @internal The resource of one table. @throws InvalidArgumentError The name cannot be one of a resource. */
export function terraformResource(
  table: AnyCloudFormationTable,
  options: Pick<TableTerraformOptions, 'resourceName' | 'retain'>,
  defaultName: string,
): string {
  const { resourceName = defaultName, retain = true } = options;
  if (!/^[A-Za-z_][\w-]*$/.test(resourceName)) {
    throw new InvalidArgumentError(
      'resourceName',
      'must begin with a letter or _ and consist of letters, digits, _ and -.',
    );
  }
  const blocks = [attributes(settingsOf(table)), ...keyBlocks(table), ...settingBlocks(table)];
  if (retain) blocks.push(block('lifecycle', { prevent_destroy: true }));
  return `${braced(`resource "aws_dynamodb_table" ${quoted(resourceName)}`, blocks.join('\n\n'))}\n`;
}

function settingsOf(table: AnyCloudFormationTable): HclAttributes {
  const { StreamSpecification: stream } = table;
  return {
    name: table.TableName,
    billing_mode: table.BillingMode,
    ...capacityOf(table),
    ...keysOf(table),
    stream_enabled: stream && true,
    stream_view_type: stream?.StreamViewType,
    deletion_protection_enabled: table.DeletionProtectionEnabled,
    table_class: table.TableClass,
  };
}

function keyBlocks({ AttributeDefinitions, GlobalSecondaryIndexes = [] }: AnyCloudFormationTable): string[] {
  return [
    ...AttributeDefinitions.map(({ AttributeName, AttributeType }) =>
      block('attribute', { name: AttributeName, type: AttributeType }),
    ),
    ...GlobalSecondaryIndexes.map((index) =>
      block('global_secondary_index', {
        name: index.IndexName,
        ...keysOf(index),
        projection_type: index.Projection.ProjectionType,
        ...capacityOf(index),
      }),
    ),
  ];
}

function settingBlocks(table: AnyCloudFormationTable): string[] {
  const { TimeToLiveSpecification: ttl, SSESpecification: sse, Tags: tags } = table;
  return [
    ...(ttl === undefined ? [] : [block('ttl', { attribute_name: ttl.AttributeName, enabled: ttl.Enabled })]),
    block('point_in_time_recovery', { enabled: table.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled }),
    ...(sse === undefined ? [] : [encryption(sse)]),
    ...(tags === undefined
      ? []
      : [block('tags =', Object.fromEntries(tags.map(({ Key, Value }) => [quoted(Key), Value])))]),
  ];
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
