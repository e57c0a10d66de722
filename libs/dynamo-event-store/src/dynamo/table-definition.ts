import { ATTRIBUTES, LISTING_INDEX } from './table-schema.js';

export interface TableDefinitionOptions {
  readonly tableName: string;
  /** Default `on-demand`. */
  readonly billing?: 'on-demand' | { readonly readUnits: number; readonly writeUnits: number };
}

/** The event table as `CreateTable` takes it. */
export interface TableDefinition {
  readonly TableName: string;
  readonly AttributeDefinitions: { AttributeName: string; AttributeType: 'S' | 'N' }[];
  readonly KeySchema: { AttributeName: string; KeyType: 'HASH' | 'RANGE' }[];
  readonly GlobalSecondaryIndexes: {
    IndexName: string;
    KeySchema: { AttributeName: string; KeyType: 'HASH' | 'RANGE' }[];
    Projection: { ProjectionType: 'KEYS_ONLY' };
    ProvisionedThroughput?: { ReadCapacityUnits: number; WriteCapacityUnits: number };
  }[];
  readonly BillingMode: 'PAY_PER_REQUEST' | 'PROVISIONED';
  readonly ProvisionedThroughput?: { ReadCapacityUnits: number; WriteCapacityUnits: number };
  readonly StreamSpecification: { StreamEnabled: true; StreamViewType: 'NEW_IMAGE' };
}

/** Attribute that DynamoDB's TTL is to watch. */
export const TTL_ATTRIBUTE = ATTRIBUTES.ttl;

/**
 * Input for `CreateTable`: the table, its listing index, and a stream of new images for projections. TTL is a setting of
 * its own (`UpdateTimeToLive` on `TTL_ATTRIBUTE`).
 */
export function eventTableDefinition({ tableName, billing = 'on-demand' }: TableDefinitionOptions): TableDefinition {
  const capacity =
    billing === 'on-demand'
      ? {}
      : { ProvisionedThroughput: { ReadCapacityUnits: billing.readUnits, WriteCapacityUnits: billing.writeUnits } };
  return {
    TableName: tableName,
    AttributeDefinitions: [
      { AttributeName: ATTRIBUTES.partitionKey, AttributeType: 'S' },
      { AttributeName: ATTRIBUTES.sortKey, AttributeType: 'S' },
      { AttributeName: ATTRIBUTES.listing, AttributeType: 'S' },
      { AttributeName: ATTRIBUTES.recordedAt, AttributeType: 'N' },
    ],
    KeySchema: [
      { AttributeName: ATTRIBUTES.partitionKey, KeyType: 'HASH' },
      { AttributeName: ATTRIBUTES.sortKey, KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: LISTING_INDEX,
        KeySchema: [
          { AttributeName: ATTRIBUTES.listing, KeyType: 'HASH' },
          { AttributeName: ATTRIBUTES.recordedAt, KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
        ...capacity,
      },
    ],
    BillingMode: billing === 'on-demand' ? 'PAY_PER_REQUEST' : 'PROVISIONED',
    ...capacity,
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
  };
}
