import { InvalidArgumentError } from '../errors/argument-errors.js';
import { LISTING_INDEX, partitionKeyOf } from './table-schema.js';

/**
 * What a principal does with the store:
 * - `append`: also in transactions and with idempotency keys, and closing; snapshots are written with it too. It also
 *   reads, to verify versions that did not come from the store, and for `'any'`;
 * - `read`: `read`, `head`, and loads with snapshots;
 * - `archive`: `archiveStream`;
 * - `purge`: `purgeStream`, which closes the stream first;
 * - `list`: `listStreams`;
 * - `createTable`: `createTable`, for development.
 */
export type EventStoreFeature = 'append' | 'read' | 'list' | 'archive' | 'purge' | 'createTable';

export interface EventStoreIamPolicyOptions {
  /** ARN of the table itself, not of an index or stream. */
  readonly tableArn: string;
  /** At least one. */
  readonly features: readonly EventStoreFeature[];
  /**
   * Confines `append`, `read` and `list` to the streams of one tenant: of that name, or of the name that the calling
   * principal carries in a tag, such as the session tag `tenant`. `createTable` is not confined. Default: all streams.
   */
  readonly tenant?: string | { readonly principalTag: string };
  /** ARN of the customer managed key of the table, if it has one. Default: none. */
  readonly kmsKeyArn?: string;
}

export interface IamPolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: IamStatement[];
}

export interface IamStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: string[];
  readonly Resource: string[];
  readonly Condition?: Record<string, Record<string, string[]>>;
}

interface Grant {
  readonly sid: string;
  readonly actions: readonly string[];
  readonly on: 'items' | 'index' | 'table';
}

const GRANTS: Readonly<Record<EventStoreFeature, Grant>> = {
  append: { sid: 'EventStoreAppend', actions: ['PutItem', 'ConditionCheckItem', 'GetItem', 'Query'], on: 'items' },
  read: { sid: 'EventStoreRead', actions: ['Query'], on: 'items' },
  list: { sid: 'EventStoreList', actions: ['Query'], on: 'index' },
  archive: { sid: 'EventStoreArchive', actions: ['UpdateItem'], on: 'items' },
  purge: { sid: 'EventStorePurge', actions: ['PutItem', 'Query', 'BatchWriteItem', 'DeleteItem'], on: 'items' },
  createTable: {
    sid: 'EventStoreCreateTable',
    actions: ['CreateTable', 'DescribeTable', 'UpdateTimeToLive', 'DescribeTimeToLive'],
    on: 'table',
  },
};

/** DynamoDB uses the key in the name of whoever uses the table. */
const KEY_ACTIONS_TO_READ = ['kms:Decrypt', 'kms:DescribeKey'];
const KEY_ACTIONS_TO_WRITE = ['kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'];

/**
 * The least that a principal needs for what it does with the store, as an IAM policy: one statement per feature, and one
 * for the table's key. Each names the exact table, index or key; none grants `Scan`, and only
 * `archive` and `purge` change or delete what is stored.
 * @throws InvalidArgumentError No or unknown features, an ARN of something else, or a tenant that cannot be one.
 */
export function eventStoreIamPolicy(options: EventStoreIamPolicyOptions): IamPolicyDocument {
  const { tableArn, kmsKeyArn } = options;
  checkArns(tableArn, kmsKeyArn);
  const features = checkFeatures(options.features);
  const condition = options.tenant === undefined ? {} : { Condition: leadingKeys(options.tenant) };
  const statements = features.map((feature): IamStatement => {
    const { sid, actions, on } = GRANTS[feature];
    return {
      Sid: sid,
      Effect: 'Allow',
      Action: actions.map((action) => `dynamodb:${action}`),
      Resource: [on === 'index' ? `${tableArn}/index/${LISTING_INDEX}` : tableArn],
      ...(on === 'table' ? {} : condition),
    };
  });
  return { Version: '2012-10-17', Statement: [...statements, ...keyStatements(kmsKeyArn, features)] };
}

function keyStatements(kmsKeyArn: string | undefined, features: readonly EventStoreFeature[]): IamStatement[] {
  if (kmsKeyArn === undefined || features.every((feature) => GRANTS[feature].on === 'table')) return [];
  return [
    {
      Sid: 'EventStoreKey',
      Effect: 'Allow',
      Action: [...KEY_ACTIONS_TO_READ, ...(features.some(writes) ? KEY_ACTIONS_TO_WRITE : [])],
      Resource: [kmsKeyArn],
      Condition: { StringLike: { 'kms:ViaService': ['dynamodb.*.amazonaws.com'] } },
    },
  ];
}

function writes(feature: EventStoreFeature): boolean {
  return feature !== 'read' && feature !== 'list';
}

/** Keys of the table and of its index begin alike, and each granted action names one, so the condition is never empty. */
function leadingKeys(tenant: string | { readonly principalTag: string }): NonNullable<IamStatement['Condition']> {
  const prefix =
    typeof tenant === 'string' ? literal(keyPrefixOf(checkTenant(tenant))) : taggedPrefix(tenant.principalTag);
  return { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${prefix}*`] } };
}

/** What every partition key of the tenant begins with: a key without aggregate and id, less the separator between them. */
function keyPrefixOf(tenant: string): string {
  return partitionKeyOf({ tenant, aggregate: '', id: '' }).slice(0, -1);
}

/** Values of tags cannot hold the characters that keys escape. */
function taggedPrefix(principalTag: string): string {
  if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(principalTag)) {
    throw new InvalidArgumentError(
      'tenant.principalTag',
      `${JSON.stringify(principalTag)} cannot be the name of a tag.`,
    );
  }
  return `\${aws:PrincipalTag/${principalTag}}${keyPrefixOf('')}`;
}

/** Wildcards and variables of the policy language, taken by the letter. */
function literal(text: string): string {
  return text.replaceAll(/[*?$]/g, (character) => `\${${character}}`);
}

function checkTenant(tenant: string): string {
  if (tenant === '')
    throw new InvalidArgumentError('tenant', 'must not be empty; leave it out for a policy on all streams.');
  return tenant;
}

function checkFeatures(features: readonly EventStoreFeature[]): EventStoreFeature[] {
  const unknown = features.find((feature) => !Object.hasOwn(GRANTS, feature));
  const known = Object.keys(GRANTS).join(', ');
  if (unknown !== undefined)
    throw new InvalidArgumentError('features', `${JSON.stringify(unknown)} is not one of ${known}.`);
  if (features.length === 0) throw new InvalidArgumentError('features', `must hold at least one of ${known}.`);
  return [...new Set(features)];
}

function checkArns(tableArn: string, kmsKeyArn: string | undefined): void {
  if (tableArn === '' || /\/(index|stream)\/|\*/.test(tableArn)) {
    throw new InvalidArgumentError('tableArn', `"${tableArn}" is not the ARN of one table.`);
  }
  if (kmsKeyArn !== undefined && (kmsKeyArn === '' || /:alias\/|\*/.test(kmsKeyArn))) {
    throw new InvalidArgumentError(
      'kmsKeyArn',
      `"${kmsKeyArn}" is not the ARN of one key; IAM does not accept an alias here.`,
    );
  }
}
