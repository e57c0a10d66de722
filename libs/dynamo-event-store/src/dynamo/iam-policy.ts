import { InvalidArgumentError } from '../errors/argument-errors.js';
import { ERASURES, KEYS, SUBJECTS } from '../personal/subject-records.js';
import { controlTableName } from './control-schema.js';
import { readModelTableName } from './read-model/view-schema.js';
import { LISTING_INDEX, partitionKeyOf, reservationKeyPrefix } from './table-schema.js';

/**
 * What a principal does with the store:
 * - `append`: also in transactions and with idempotency keys, and closing; snapshots are written with it too. It also
 *   reads, to verify versions that did not come from the store, and for `'any'`;
 * - `read`: `read`, `head`, and loads with snapshots;
 * - `reservations`: besides `append`, to reserve and release unique values, and `reservationOf`;
 * - `archive`: `archiveStream`;
 * - `purge`: `purgeStream`, which closes the stream first, and frees the unique values that it holds;
 * - `list`: `listStreams`;
 * - `createTable`: `createTable`, for development;
 * - `feed`: follows the stream of the table, in this process or as a Lambda function, and reads commits that it lacks;
 * - `rebuild`: reads the whole table, for projections that begin anew, and for `scanFeed`;
 * - `control`: keeps progress, leases, parked streams and timers in `<table>-control`. Who runs projections or reactors
 *   needs it besides `feed` and `rebuild`;
 * - `readModels`: reads and writes the views in `<table>-views`;
 * - `personalData`: besides `append` and `read`, where events hold personal data, and for `DataSubjects`: reads, makes and
 *   deletes the keys of people in `<table>-control`, and nothing else there. The master key is a matter of its own.
 */
export type EventStoreFeature =
  | 'append'
  | 'reservations'
  | 'read'
  | 'list'
  | 'archive'
  | 'purge'
  | 'createTable'
  | 'feed'
  | 'rebuild'
  | 'control'
  | 'readModels'
  | 'personalData';

export interface EventStoreIamPolicyOptions {
  /** ARN of the table itself, not of an index or stream. */
  readonly tableArn: string;
  /** At least one. */
  readonly features: readonly EventStoreFeature[];
  /**
   * Confines `append`, `reservations`, `read`, `list`, `archive`, `purge` and `readModels` to one tenant: of that name, or of the name that
   * the calling principal carries in a tag, such as the session tag `tenant`. `readModels` then lacks the right to scan,
   * which cannot be confined. `createTable` is not confined; `feed`, `rebuild`, `control` and `personalData` concern all
   * tenants and are refused. Default: all streams.
   */
  readonly tenant?: string | { readonly principalTag: string };
  /** ARN of the customer managed key of the tables, if they have one. Default: none. */
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
  readonly on: 'table' | 'index' | 'stream' | 'control' | 'views';
  /** Whether every action names keys that begin with the tenant, or keys of reservations or data subjects, or none does. */
  readonly names: 'tenant' | 'reservation' | 'subject key' | 'no tenant';
  /** Left out of a policy for one tenant, since it would open all. */
  readonly opensAll?: true;
}

const ITEMS = { on: 'table', names: 'tenant' } as const;
const TABLE = { on: 'table', names: 'no tenant' } as const;

const GRANTS: Readonly<Record<EventStoreFeature, readonly Grant[]>> = {
  append: [{ sid: 'EventStoreAppend', actions: ['PutItem', 'ConditionCheckItem', 'GetItem', 'Query'], ...ITEMS }],
  reservations: [
    {
      sid: 'EventStoreReservations',
      actions: ['PutItem', 'DeleteItem', 'GetItem'],
      on: 'table',
      names: 'reservation',
    },
  ],
  read: [{ sid: 'EventStoreRead', actions: ['Query'], ...ITEMS }],
  list: [{ sid: 'EventStoreList', actions: ['Query'], on: 'index', names: 'tenant' }],
  archive: [{ sid: 'EventStoreArchive', actions: ['UpdateItem'], ...ITEMS }],
  purge: [{ sid: 'EventStorePurge', actions: ['PutItem', 'Query', 'BatchWriteItem', 'DeleteItem'], ...ITEMS }],
  createTable: [
    {
      sid: 'EventStoreCreateTable',
      actions: ['CreateTable', 'DescribeTable', 'UpdateTimeToLive', 'DescribeTimeToLive'],
      ...TABLE,
    },
  ],
  feed: [
    {
      sid: 'EventStoreFeed',
      actions: ['ListStreams', 'DescribeStream', 'GetShardIterator', 'GetRecords'],
      on: 'stream',
      names: 'no tenant',
    },
    { sid: 'EventStoreFeedTable', actions: ['DescribeTable', 'Query'], ...TABLE },
  ],
  rebuild: [{ sid: 'EventStoreRebuild', actions: ['DescribeTable', 'Scan', 'Query'], ...TABLE }],
  control: [
    {
      sid: 'EventStoreControl',
      actions: ['GetItem', 'PutItem', 'DeleteItem', 'Query'],
      on: 'control',
      names: 'no tenant',
    },
  ],
  readModels: [
    {
      sid: 'EventStoreReadModels',
      actions: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem', 'BatchWriteItem', 'Query'],
      on: 'views',
      names: 'tenant',
    },
    { sid: 'EventStoreReadModelsScan', actions: ['Scan'], on: 'views', names: 'no tenant', opensAll: true },
  ],
  personalData: [
    {
      sid: 'EventStorePersonalData',
      actions: ['GetItem', 'PutItem', 'DeleteItem', 'Query'],
      on: 'control',
      names: 'subject key',
    },
  ],
};

/** Not for one tenant: what they read, or keep, is of all. */
const ACROSS_TENANTS: readonly EventStoreFeature[] = ['feed', 'rebuild', 'control', 'personalData'];
const WITHOUT_WRITES: readonly EventStoreFeature[] = ['read', 'list', 'feed', 'rebuild'];

/** DynamoDB uses the key in the name of whoever uses the table. */
const KEY_ACTIONS_TO_READ = ['kms:Decrypt', 'kms:DescribeKey'];
const KEY_ACTIONS_TO_WRITE = ['kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'];

/**
 * The least that a principal needs for what it does with the store, as an IAM policy: one or two statements per feature,
 * and one for the tables' key. Each names the exact tables, indexes, streams or key. Only `rebuild` and `readModels` grant
 * `Scan`. Of what is stored of events, only `archive` and
 * `purge` change or delete any; `reservations` deletes reservations alone.
 * @throws InvalidArgumentError No or unknown features, an ARN of something else, a tenant that cannot be one, or one
 * together with features that concern all.
 */
export function eventStoreIamPolicy(options: EventStoreIamPolicyOptions): IamPolicyDocument {
  const { tableArn, kmsKeyArn, tenant } = options;
  checkArns(tableArn, kmsKeyArn);
  const features = checkFeatures(options.features);
  if (tenant !== undefined) checkConfinable(features);
  const conditions = conditionsFor(tenant);
  const statements = features.flatMap((feature) =>
    GRANTS[feature]
      .filter(({ opensAll = false }) => tenant === undefined || !opensAll)
      .map(({ sid, actions, on, names }): IamStatement => {
        const Action = actions.map((action) => `dynamodb:${action}`);
        const Resource = resourcesOf(on, tableArn);
        return { Sid: sid, Effect: 'Allow', Action, Resource, ...conditions[names] };
      }),
  );
  return { Version: '2012-10-17', Statement: [...statements, ...keyStatements(kmsKeyArn, features)] };
}

/** The tables of the read side are named after the event table, and so are their ARNs. */
function resourcesOf(on: Grant['on'], tableArn: string): string[] {
  switch (on) {
    case 'table':
      return [tableArn];
    case 'index':
      return [`${tableArn}/index/${LISTING_INDEX}`];
    case 'stream':
      return [`${tableArn}/stream/*`];
    case 'control':
      return [controlTableName(tableArn)];
    case 'views':
      return [readModelTableName(tableArn), `${readModelTableName(tableArn)}/index/*`];
  }
}

function keyStatements(kmsKeyArn: string | undefined, features: readonly EventStoreFeature[]): IamStatement[] {
  if (kmsKeyArn === undefined || features.every((feature) => feature === 'createTable')) return [];
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
  return !WITHOUT_WRITES.includes(feature);
}

function checkConfinable(features: readonly EventStoreFeature[]): void {
  const across = features.filter((feature) => ACROSS_TENANTS.includes(feature));
  if (across.length > 0)
    throw new InvalidArgumentError('tenant', `cannot confine ${across.join(', ')}: make a policy of its own for them.`);
}

/** Keys of the tables and of their indexes begin alike, and each confined action names one, so the condition is never empty. */
function conditionsFor(
  tenant: EventStoreIamPolicyOptions['tenant'],
): Record<Grant['names'], Pick<IamStatement, 'Condition'>> {
  const name = tenant === undefined ? '*' : nameOf(tenant);
  const keys = (prefix: string) => ({
    Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${name}${prefix}*`] } },
  });
  return {
    tenant: tenant === undefined ? {} : keys(AFTER_TENANT),
    reservation: keys(reservationKeyPrefix()),
    'subject key': {
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [SUBJECTS, KEYS, ERASURES] } },
    },
    'no tenant': {},
  };
}

/** What follows the tenant in every partition key: a key without tenant, aggregate and id, less the separator between these. */
const AFTER_TENANT = partitionKeyOf({ aggregate: '', id: '' }).slice(0, -1);

/** The tenant as keys begin with it. Values of tags cannot hold the characters that keys escape. */
function nameOf(tenant: string | { readonly principalTag: string }): string {
  if (typeof tenant === 'string')
    return literal(reservationKeyPrefix(checkTenant(tenant)).slice(0, -reservationKeyPrefix().length));
  const { principalTag } = tenant;
  if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(principalTag)) {
    throw new InvalidArgumentError(
      'tenant.principalTag',
      `${JSON.stringify(principalTag)} cannot be the name of a tag.`,
    );
  }
  return `\${aws:PrincipalTag/${principalTag}}`;
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
