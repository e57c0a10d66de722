import { expect, it } from '@jest/globals';
import { eventTableCdkProps } from './table-cdk.js';

it('names the properties of CfnTable as CDK does', () => {
  const props = eventTableCdkProps({
    tableName: 'events',
    billing: { readUnits: 1, writeUnits: 2 },
    deletionProtection: true,
    encryption: { kmsKeyArn: 'arn:aws:kms:eu-west-1:1:key/k' },
    tableClass: 'standard',
    tags: { Team: 'Orders' },
  });
  expect(props).toEqual({
    tableName: 'events',
    attributeDefinitions: [
      { attributeName: 'pk', attributeType: 'S' },
      { attributeName: 'sk', attributeType: 'S' },
      { attributeName: 'list', attributeType: 'S' },
      { attributeName: 'at', attributeType: 'N' },
    ],
    keySchema: [
      { attributeName: 'pk', keyType: 'HASH' },
      { attributeName: 'sk', keyType: 'RANGE' },
    ],
    globalSecondaryIndexes: [
      {
        indexName: 'streams',
        keySchema: [
          { attributeName: 'list', keyType: 'HASH' },
          { attributeName: 'at', keyType: 'RANGE' },
        ],
        projection: { projectionType: 'KEYS_ONLY' },
        provisionedThroughput: { readCapacityUnits: 1, writeCapacityUnits: 2 },
      },
    ],
    billingMode: 'PROVISIONED',
    provisionedThroughput: { readCapacityUnits: 1, writeCapacityUnits: 2 },
    streamSpecification: { streamViewType: 'NEW_IMAGE' },
    sseSpecification: { sseEnabled: true, sseType: 'KMS', kmsMasterKeyId: 'arn:aws:kms:eu-west-1:1:key/k' },
    timeToLiveSpecification: { attributeName: 'ttl', enabled: true },
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtectionEnabled: true,
    tableClass: 'STANDARD',
    tags: [{ key: 'Team', value: 'Orders' }],
  });
});
