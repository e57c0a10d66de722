import { describe, expect, it } from '@jest/globals';
import { controlTableDefinition } from './control-schema.js';
import { readModelTableDefinition } from './read-model/view-schema.js';
import {
  controlTableCdkProps,
  controlTableCloudFormation,
  controlTableTerraform,
  readModelTableCdkProps,
  readModelTableCloudFormation,
  readModelTableTerraform,
} from './read-side-tables.js';

interface Template {
  readonly Resources: Record<string, Record<string, unknown>>;
  readonly Outputs: Record<string, unknown>;
}

const parse = (template: string): Template => JSON.parse(template) as Template;

describe('the control table', () => {
  it('is the one of CreateTable, kept and backed up, without stream and TTL', () => {
    const { Resources, Outputs } = parse(controlTableCloudFormation({ tableName: 'events-control' }));
    expect(Resources).toEqual({
      ControlTable: {
        Type: 'AWS::DynamoDB::Table',
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          ...controlTableDefinition('events-control'),
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      },
    });
    expect(Object.keys(Outputs)).toEqual(['TableName', 'TableArn']);
  });

  it('takes the settings of the event table', () => {
    expect(
      controlTableCdkProps({
        tableName: 'events-control',
        billing: { readUnits: 1, writeUnits: 2 },
        encryption: 'aws-managed',
        deletionProtection: true,
        pointInTimeRecovery: false,
      }),
    ).toEqual({
      tableName: 'events-control',
      attributeDefinitions: [
        { attributeName: 'pk', attributeType: 'S' },
        { attributeName: 'sk', attributeType: 'S' },
      ],
      keySchema: [
        { attributeName: 'pk', keyType: 'HASH' },
        { attributeName: 'sk', keyType: 'RANGE' },
      ],
      billingMode: 'PROVISIONED',
      provisionedThroughput: { readCapacityUnits: 1, writeCapacityUnits: 2 },
      sseSpecification: { sseEnabled: true, sseType: 'KMS' },
      deletionProtectionEnabled: true,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: false },
    });
  });

  it('is a resource of Terraform', () => {
    expect(controlTableTerraform({ tableName: 'events-control' })).toBe(`resource "aws_dynamodb_table" "control" {
  name         = "events-control"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "pk"
  range_key    = "sk"

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "sk"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }

  lifecycle {
    prevent_destroy = true
  }
}
`);
  });

  it('may be named otherwise, and go with its stack', () => {
    const options = { tableName: 'c', logicalId: 'Mine', retain: false };
    expect(parse(controlTableCloudFormation(options)).Resources['Mine']).toMatchObject({ DeletionPolicy: 'Delete' });
    const text = controlTableTerraform({ tableName: 'c', resourceName: 'mine', retain: false });
    expect(text).toMatch(/^resource "aws_dynamodb_table" "mine"/);
    expect(text).not.toContain('prevent_destroy');
  });
});

describe('the table of read models', () => {
  it('is the one of CreateTable, without backups unless they are asked for', () => {
    const { Resources } = parse(readModelTableCloudFormation({ tableName: 'events-views' }));
    expect(Resources['ReadModelTable']!['Properties']).toEqual({
      ...readModelTableDefinition('events-views'),
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
    });
    expect(readModelTableCdkProps({ tableName: 'events-views', pointInTimeRecovery: true })).toMatchObject({
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    });
  });

  it('has its indexes provisioned as the table is, in every form', () => {
    const options = { tableName: 'events-views', billing: { readUnits: 7, writeUnits: 3 } };
    const indexes = readModelTableCdkProps(options).globalSecondaryIndexes!;
    const names = readModelTableDefinition('events-views').GlobalSecondaryIndexes.map(({ IndexName }) => IndexName);
    expect(indexes.map(({ indexName }) => indexName)).toEqual(names);
    for (const { provisionedThroughput, projection } of indexes)
      expect([provisionedThroughput, projection]).toEqual([
        { readCapacityUnits: 7, writeCapacityUnits: 3 },
        { projectionType: 'ALL' },
      ]);
    const text = readModelTableTerraform(options);
    expect(text).toMatch(/^resource "aws_dynamodb_table" "views"/);
    expect(text.match(/read_capacity +=/g)).toHaveLength(5);
    expect(text.match(/projection_type = "ALL"/g)).toHaveLength(4);
    expect(text.match(/range_key /g)).toHaveLength(4);
  });
});

it.each([controlTableCloudFormation, controlTableTerraform, readModelTableCloudFormation, readModelTableTerraform])(
  '%p refuses options that are out of range',
  (form) => {
    const refusal = { code: 'INVALID_ARGUMENT' };
    expect(() => form({ tableName: '' })).toThrow(expect.objectContaining({ ...refusal, argument: 'tableName' }));
    expect(() => form({ tableName: 't', billing: { readUnits: 0, writeUnits: 1 } })).toThrow(
      expect.objectContaining({ ...refusal, argument: 'billing.readUnits' }),
    );
  },
);
