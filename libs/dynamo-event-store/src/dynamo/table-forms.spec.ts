import { describe, expect, it } from '@jest/globals';
import { eventTableCdkProps } from './table-cdk.js';
import {
  eventTableCloudFormation,
  type CloudFormationTableProperties,
  type TableInfrastructureOptions,
} from './table-cloudformation.js';
import { eventTableDefinition } from './table-definition.js';
import { eventTableTerraform } from './table-terraform.js';

/** Each option absent, and set to each of its values, in some combination. */
const OPTIONS: TableInfrastructureOptions[] = [
  { tableName: 'events' },
  {
    tableName: 'events',
    pointInTimeRecovery: false,
    deletionProtection: false,
    encryption: 'aws-owned',
    tableClass: 'standard',
  },
  {
    tableName: 'events',
    billing: { readUnits: 7, writeUnits: 3 },
    encryption: 'aws-managed',
    tags: { 'cost center': 'a "quoted" \\ value' },
  },
  {
    tableName: 'shop.events_v2',
    billing: 'on-demand',
    pointInTimeRecovery: true,
    deletionProtection: true,
    encryption: { kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/0f' },
    tableClass: 'infrequent-access',
    tags: { team: 'orders', stage: 'production' },
  },
];

describe.each(OPTIONS)('with $tableName, $billing, $encryption, the table is the same', (options) => {
  const { Properties } = templateOf(options);

  it('in CloudFormation as in CreateTable', () => {
    const {
      TimeToLiveSpecification,
      PointInTimeRecoverySpecification,
      StreamSpecification,
      SSESpecification,
      ...same
    } = Properties;
    const { StreamSpecification: stream, SSESpecification: encryption, ...definition } = eventTableDefinition(options);
    expect(same).toEqual(definition);
    expect({ StreamEnabled: true, ...StreamSpecification }).toEqual(stream);
    const { SSEEnabled, ...key } = SSESpecification ?? {};
    expect(SSESpecification && { Enabled: SSEEnabled, ...key }).toEqual(encryption);
    expect(TimeToLiveSpecification).toEqual({ AttributeName: 'ttl', Enabled: true });
    expect(PointInTimeRecoverySpecification).toEqual({
      PointInTimeRecoveryEnabled: options.pointInTimeRecovery ?? true,
    });
  });

  it('in CDK', () => {
    expect(withLowerCaseNames(eventTableCdkProps(options))).toEqual(withLowerCaseNames(Properties));
  });

  it('in Terraform', () => {
    const table = Properties;
    expect(parseHcl(eventTableTerraform(options))).toEqual({
      'resource "aws_dynamodb_table" "events"': [
        {
          name: table.TableName,
          billing_mode: table.BillingMode,
          ...capacityOf(table),
          ...keysOf(table),
          stream_enabled: true,
          stream_view_type: table.StreamSpecification.StreamViewType,
          deletion_protection_enabled: table.DeletionProtectionEnabled,
          table_class: table.TableClass,
          attribute: table.AttributeDefinitions.map(({ AttributeName, AttributeType }) => ({
            name: AttributeName,
            type: AttributeType,
          })),
          global_secondary_index: table.GlobalSecondaryIndexes.map((index) => ({
            name: index.IndexName,
            ...keysOf(index),
            projection_type: index.Projection.ProjectionType,
            ...capacityOf(index),
          })),
          ttl: [
            {
              attribute_name: table.TimeToLiveSpecification.AttributeName,
              enabled: table.TimeToLiveSpecification.Enabled,
            },
          ],
          point_in_time_recovery: [{ enabled: table.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled }],
          server_side_encryption: table.SSESpecification && [
            { enabled: table.SSESpecification.SSEEnabled, kms_key_arn: table.SSESpecification.KMSMasterKeyId },
          ],
          'tags =': table.Tags && [Object.fromEntries(table.Tags.map(({ Key, Value }) => [Key, Value]))],
          lifecycle: [{ prevent_destroy: true }],
        },
      ],
    });
  });
});

function templateOf(options: TableInfrastructureOptions): { Properties: CloudFormationTableProperties } {
  const template = JSON.parse(eventTableCloudFormation(options)) as {
    Resources: { EventTable: { Properties: CloudFormationTableProperties } };
  };
  return template.Resources.EventTable;
}

function withLowerCaseNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withLowerCaseNames);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name.toLowerCase(), withLowerCaseNames(inner)]),
  );
}

function keysOf({ KeySchema: [hash, range] }: Pick<CloudFormationTableProperties, 'KeySchema'>) {
  expect([hash!.KeyType, range!.KeyType]).toEqual(['HASH', 'RANGE']);
  return { hash_key: hash!.AttributeName, range_key: range!.AttributeName };
}

function capacityOf({ ProvisionedThroughput }: Pick<CloudFormationTableProperties, 'ProvisionedThroughput'>) {
  return {
    read_capacity: ProvisionedThroughput?.ReadCapacityUnits,
    write_capacity: ProvisionedThroughput?.WriteCapacityUnits,
  };
}

type HclBlock = Record<string, unknown>;

/** The part of HCL that the text needs, and nothing beyond it: any other line, or one out of place, throws. */
function parseHcl(text: string): HclBlock {
  const root: HclBlock = {};
  const open = [root];
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const content = line.trimStart();
    if (content === '}') open.pop();
    const current = open.at(-1);
    if (current === undefined || line.length - content.length !== (open.length - 1) * 2)
      throw new Error(`Out of place: ${line}`);
    if (content === '}') continue;
    const header = /^(\w+(?: "[\w-]+")*|tags =) \{$/.exec(content)?.[1];
    if (header === undefined) addAttribute(current, line);
    else {
      const block: HclBlock = {};
      current[header] = [...((current[header] ?? []) as HclBlock[]), block];
      open.push(block);
    }
  }
  if (open.length !== 1) throw new Error('A block is not closed.');
  return root;
}

function addAttribute(block: HclBlock, line: string): void {
  const [, name, value] = /^ *(\w+|"(?:[^"\\]|\\.)*") *= ("(?:[^"\\]|\\.)*"|\d+|true|false)$/.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new Error(`Not understood: ${line}`);
  const key = name.startsWith('"') ? (JSON.parse(name) as string) : name;
  if (key in block) throw new Error(`Twice: ${line}`);
  block[key] = JSON.parse(value) as string | number | boolean;
}
