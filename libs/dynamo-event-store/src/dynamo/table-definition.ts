import { InvalidArgumentError } from '../errors/argument-errors.js';
import { ATTRIBUTES, LISTING_INDEX } from './table-schema.js';

export interface TableDefinitionOptions {
  readonly tableName: string;
  /** Default `on-demand`. Units, whole numbers from 1, are provisioned for the table and as many again for its index. */
  readonly billing?: 'on-demand' | { readonly readUnits: number; readonly writeUnits: number };
  /** Whether DynamoDB refuses to delete the table until this is switched off. Default false. */
  readonly deletionProtection?: boolean;
  /**
   * Key that encrypts the table at rest. Default `aws-owned`, which costs nothing. `aws-managed` is the account's own
   * `aws/dynamodb`; a customer managed key is named by its ARN, and its users need rights on it too, see
   * `eventStoreIamPolicy`.
   */
  readonly encryption?: 'aws-owned' | 'aws-managed' | { readonly kmsKeyArn: string };
  /** Default `standard`. `infrequent-access` has cheaper storage and dearer requests. */
  readonly tableClass?: 'standard' | 'infrequent-access';
  readonly tags?: Readonly<Record<string, string>>;
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
  readonly DeletionProtectionEnabled?: boolean;
  readonly SSESpecification?: { Enabled: true; SSEType: 'KMS'; KMSMasterKeyId?: string };
  readonly TableClass?: 'STANDARD' | 'STANDARD_INFREQUENT_ACCESS';
  readonly Tags?: { Key: string; Value: string }[];
}

/** What all tables of the library have in common, as `CreateTable` takes it. */
export interface AnyTableDefinition extends Omit<TableDefinition, 'GlobalSecondaryIndexes' | 'StreamSpecification'> {
  readonly GlobalSecondaryIndexes?: IndexDefinition[];
}

interface IndexDefinition extends Omit<TableDefinition['GlobalSecondaryIndexes'][number], 'Projection'> {
  Projection: { ProjectionType: 'KEYS_ONLY' | 'ALL' };
}

/** Attribute that DynamoDB's TTL is to watch. */
export const TTL_ATTRIBUTE = ATTRIBUTES.ttl;

/**
 * Input for `CreateTable`: the table, its listing index, and a stream of new images for projections. TTL is a setting of
 * its own (`UpdateTimeToLive` on `TTL_ATTRIBUTE`). `eventTableCloudFormation`, `eventTableCdkProps` and
 * `eventTableTerraform` give the same table, TTL included, as infrastructure code.
 * @throws InvalidArgumentError The table's name is empty, or provisioned units are not whole numbers from 1.
 */
export function eventTableDefinition(options: TableDefinitionOptions): TableDefinition {
  const { tableName } = options;
  if (tableName === '') throw new InvalidArgumentError('tableName', 'must not be empty.');
  const table: TableDefinition = {
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
      },
    ],
    BillingMode: 'PAY_PER_REQUEST',
    StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
  };
  return withSettings(table, options);
}

/**
 * @internal A table on demand with the billing of choice, for its indexes too, and the settings that were asked for.
 * @throws InvalidArgumentError Provisioned units are not whole numbers from 1.
 */
export function withSettings<T extends AnyTableDefinition>(
  table: T,
  options: Omit<TableDefinitionOptions, 'tableName'>,
): T {
  return { ...table, ...billingOf(table, options.billing), ...productionSettings(options) };
}

function billingOf(
  { GlobalSecondaryIndexes: indexes }: AnyTableDefinition,
  billing: TableDefinitionOptions['billing'] = 'on-demand',
) {
  if (billing === 'on-demand') return {};
  const ProvisionedThroughput = provisioned(billing);
  return {
    BillingMode: 'PROVISIONED' as const,
    ProvisionedThroughput,
    ...(indexes === undefined
      ? {}
      : { GlobalSecondaryIndexes: indexes.map((index) => ({ ...index, ProvisionedThroughput })) }),
  };
}

type ProductionSettings = Pick<
  TableDefinition,
  'DeletionProtectionEnabled' | 'SSESpecification' | 'TableClass' | 'Tags'
>;

/** Only what was asked for: DynamoDB's defaults are left to DynamoDB, and engines that lack a setting never see it. */
function productionSettings({
  deletionProtection,
  encryption = 'aws-owned',
  tableClass,
  tags = {},
}: Omit<TableDefinitionOptions, 'tableName'>): ProductionSettings {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const customerKey = typeof encryption === 'string' ? {} : { KMSMasterKeyId: encryption.kmsKeyArn };
  return {
    ...(deletionProtection === undefined ? {} : { DeletionProtectionEnabled: deletionProtection }),
    ...(encryption === 'aws-owned' ? {} : { SSESpecification: { Enabled: true, SSEType: 'KMS', ...customerKey } }),
    ...(tableClass === undefined
      ? {}
      : { TableClass: tableClass === 'standard' ? 'STANDARD' : 'STANDARD_INFREQUENT_ACCESS' }),
    ...(Tags.length === 0 ? {} : { Tags }),
  };
}

function provisioned({ readUnits, writeUnits }: { readUnits: number; writeUnits: number }) {
  for (const [name, units] of Object.entries({ readUnits, writeUnits })) {
    if (!Number.isInteger(units) || units < 1) {
      throw new InvalidArgumentError(`billing.${name}`, `is ${units}, but must be a whole number from 1.`);
    }
  }
  return { ReadCapacityUnits: readUnits, WriteCapacityUnits: writeUnits };
}
