import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { eventTableDefinition, TTL_ATTRIBUTE } from './table-definition.js';

describe('eventTableDefinition', () => {
  it('is the table on demand, with listing index and stream, and nothing that was not asked for', () => {
    expect(eventTableDefinition({ tableName: 'events' })).toEqual({
      TableName: 'events',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
        { AttributeName: 'list', AttributeType: 'S' },
        { AttributeName: 'at', AttributeType: 'N' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'streams',
          KeySchema: [
            { AttributeName: 'list', KeyType: 'HASH' },
            { AttributeName: 'at', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    });
    expect(TTL_ATTRIBUTE).toBe('ttl');
  });

  it('provisions the index as it does the table', () => {
    const definition = eventTableDefinition({ tableName: 'events', billing: { readUnits: 7, writeUnits: 3 } });
    const units = { ReadCapacityUnits: 7, WriteCapacityUnits: 3 };
    expect(definition).toMatchObject({ BillingMode: 'PROVISIONED', ProvisionedThroughput: units });
    expect(definition.GlobalSecondaryIndexes[0]!.ProvisionedThroughput).toEqual(units);
  });

  it.each([
    [{ deletionProtection: true }, { DeletionProtectionEnabled: true }],
    [{ deletionProtection: false }, { DeletionProtectionEnabled: false }],
    [{ encryption: 'aws-managed' }, { SSESpecification: { Enabled: true, SSEType: 'KMS' } }],
    [
      { encryption: { kmsKeyArn: 'arn:aws:kms:eu-west-1:1:key/k' } },
      { SSESpecification: { Enabled: true, SSEType: 'KMS', KMSMasterKeyId: 'arn:aws:kms:eu-west-1:1:key/k' } },
    ],
    [{ tableClass: 'infrequent-access' }, { TableClass: 'STANDARD_INFREQUENT_ACCESS' }],
    [{ tags: {}, encryption: 'aws-owned' }, {}],
    [{ tableClass: 'standard' }, { TableClass: 'STANDARD' }],
    [
      { tags: { team: 'orders', cost: '' } },
      {
        Tags: [
          { Key: 'team', Value: 'orders' },
          { Key: 'cost', Value: '' },
        ],
      },
    ],
  ] as const)('turns %j into %j', (options, setting) => {
    const plain = eventTableDefinition({ tableName: 'events' });
    expect(eventTableDefinition({ tableName: 'events', ...options })).toEqual({ ...plain, ...setting });
  });

  it.each([
    ['tableName', { tableName: '' }],
    ['billing.readUnits', { tableName: 'events', billing: { readUnits: 0, writeUnits: 1 } }],
    ['billing.writeUnits', { tableName: 'events', billing: { readUnits: 1, writeUnits: 1.5 } }],
    ['billing.writeUnits', { tableName: 'events', billing: { readUnits: 1, writeUnits: Number.NaN } }],
  ])('refuses an impossible %s', (argument, options) => {
    const define = () => eventTableDefinition(options);
    expect(define).toThrow(InvalidArgumentError);
    expect(define).toThrow(expect.objectContaining({ argument, code: 'INVALID_ARGUMENT' }));
  });
});
