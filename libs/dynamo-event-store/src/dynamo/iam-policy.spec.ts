import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eventStoreIamPolicy, type EventStoreFeature, type EventStoreIamPolicyOptions } from './iam-policy.js';
import { listingKey, parsePartitionKey, partitionKeyOf, reservationPartitionKey } from './table-schema.js';

const tableArn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/events';
const kmsKeyArn = 'arn:aws:kms:eu-west-1:123456789012:key/0f';

describe('eventStoreIamPolicy', () => {
  it('grants each feature its actions on exactly the table or the index', () => {
    expect(
      eventStoreIamPolicy({ tableArn, features: ['append', 'read', 'list', 'archive', 'purge', 'createTable'] }),
    ).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'EventStoreAppend',
          Effect: 'Allow',
          Action: ['dynamodb:PutItem', 'dynamodb:ConditionCheckItem', 'dynamodb:GetItem', 'dynamodb:Query'],
          Resource: [tableArn],
        },
        { Sid: 'EventStoreRead', Effect: 'Allow', Action: ['dynamodb:Query'], Resource: [tableArn] },
        { Sid: 'EventStoreList', Effect: 'Allow', Action: ['dynamodb:Query'], Resource: [`${tableArn}/index/streams`] },
        { Sid: 'EventStoreArchive', Effect: 'Allow', Action: ['dynamodb:UpdateItem'], Resource: [tableArn] },
        {
          Sid: 'EventStorePurge',
          Effect: 'Allow',
          Action: ['dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:BatchWriteItem', 'dynamodb:DeleteItem'],
          Resource: [tableArn],
        },
        {
          Sid: 'EventStoreCreateTable',
          Effect: 'Allow',
          Action: [
            'dynamodb:CreateTable',
            'dynamodb:DescribeTable',
            'dynamodb:UpdateTimeToLive',
            'dynamodb:DescribeTimeToLive',
          ],
          Resource: [tableArn],
        },
      ],
    });
  });

  it('grants the features of the read side theirs on the stream and the tables beside the event table', () => {
    const { Statement } = eventStoreIamPolicy({ tableArn, features: ['feed', 'rebuild', 'control', 'readModels'] });
    const views = [`${tableArn}-views`, `${tableArn}-views/index/*`];
    expect(Statement).toEqual([
      {
        Sid: 'EventStoreFeed',
        Effect: 'Allow',
        Action: ['dynamodb:ListStreams', 'dynamodb:DescribeStream', 'dynamodb:GetShardIterator', 'dynamodb:GetRecords'],
        Resource: [`${tableArn}/stream/*`],
      },
      {
        Sid: 'EventStoreFeedTable',
        Effect: 'Allow',
        Action: ['dynamodb:DescribeTable', 'dynamodb:Query'],
        Resource: [tableArn],
      },
      {
        Sid: 'EventStoreRebuild',
        Effect: 'Allow',
        Action: ['dynamodb:DescribeTable', 'dynamodb:Scan', 'dynamodb:Query'],
        Resource: [tableArn],
      },
      {
        Sid: 'EventStoreControl',
        Effect: 'Allow',
        Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:Query'],
        Resource: [`${tableArn}-control`],
      },
      {
        Sid: 'EventStoreReadModels',
        Effect: 'Allow',
        Action: [
          'dynamodb:GetItem',
          'dynamodb:PutItem',
          'dynamodb:UpdateItem',
          'dynamodb:DeleteItem',
          'dynamodb:ConditionCheckItem',
          'dynamodb:BatchWriteItem',
          'dynamodb:Query',
        ],
        Resource: views,
      },
      { Sid: 'EventStoreReadModelsScan', Effect: 'Allow', Action: ['dynamodb:Scan'], Resource: views },
    ]);
  });

  it('grants `personalData` the keys of people in the control table, and neither progress nor leases', () => {
    expect(eventStoreIamPolicy({ tableArn, features: ['personalData'] }).Statement).toEqual([
      {
        Sid: 'EventStorePersonalData',
        Effect: 'Allow',
        Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:Query'],
        Resource: [`${tableArn}-control`],
        Condition: {
          'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['data-subject', 'data-key', 'erasures'] },
        },
      },
    ]);
    expect(() => eventStoreIamPolicy({ tableArn, features: ['append', 'personalData'], tenant: 'acme' })).toThrow(
      /cannot confine personalData/,
    );
  });

  it('grants no scan of the views to one tenant, and confines the rest', () => {
    const { Statement } = eventStoreIamPolicy({ tableArn, features: ['readModels'], tenant: 'acme' });
    expect(Statement.map(({ Sid, Condition }) => [Sid, Condition])).toEqual([
      ['EventStoreReadModels', { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['acme#*'] } }],
    ]);
  });

  it('grants nothing that was not asked for, and a feature named twice once', () => {
    const { Statement } = eventStoreIamPolicy({ tableArn, features: ['read', 'read'] });
    expect(Statement.map(({ Sid }) => Sid)).toEqual(['EventStoreRead']);
  });

  it('confines everything but the making of the table to the streams of a tenant', () => {
    const { Statement } = eventStoreIamPolicy({
      tableArn,
      features: ['append', 'read', 'list', 'createTable'],
      tenant: 'ac#me',
    });
    const confined = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['ac%23me#*'] } };
    expect(Statement.map(({ Condition }) => Condition)).toEqual([confined, confined, confined, undefined]);
  });

  it('grants deletion to `reservations` on the keys of reservations only, of all tenants or of one', () => {
    const { Statement } = eventStoreIamPolicy({ tableArn, features: ['append', 'reservations'] });
    expect(Statement.map(({ Action, Condition }) => [Action.includes('dynamodb:DeleteItem'), Condition])).toEqual([
      [false, undefined],
      [true, { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['*##unique#*'] } }],
    ]);
    expect(patternOf({ principalTag: 'tenant' }, 'reservations')).toBe('${aws:PrincipalTag/tenant}##unique#*');
    const name = fc.string({ minLength: 1, unit: fc.constantFrom('a', '#', '%', '23', 'unique', '*', '?', '$') });
    fc.assert(
      fc.property(name, name, name, name, (tenant, other, aggregate, id) => {
        const [ofAll, ofOne] = [undefined, tenant].map((granted) => stringLike(patternOf(granted, 'reservations')));
        for (const each of [tenant, other, undefined]) {
          const key = reservationPartitionKey(each, aggregate, id);
          expect([ofAll!(key), ofOne!(key)]).toEqual([true, each === tenant]);
          const stream = each === undefined ? { aggregate, id } : { tenant: each, aggregate, id };
          expect([ofAll!(partitionKeyOf(stream)), ofOne!(partitionKeyOf(stream))]).toEqual([false, false]);
          expect(parsePartitionKey(key)).toBeUndefined();
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes the tenant from a tag of the principal', () => {
    expect(patternOf({ principalTag: 'tenant' })).toBe('${aws:PrincipalTag/tenant}#*');
  });

  it('takes wildcards and variables in the name of a tenant by the letter', () => {
    expect(patternOf('a*?${aws:username}')).toBe('a${*}${?}${$}{aws:username}#*');
  });

  it('opens the keys of exactly that tenant, in the table and in its index', () => {
    const name = fc.string({
      minLength: 1,
      unit: fc.constantFrom('a', 'b', '#', '%', '2', '3', '5', '*', '?', '$', '{', '}'),
    });
    fc.assert(
      fc.property(name, fc.option(name, { nil: undefined }), name, name, (granted, tenant, aggregate, id) => {
        const matches = stringLike(patternOf(granted));
        expect(matches(partitionKeyOf({ tenant: granted, aggregate, id }))).toBe(true);
        expect(matches(listingKey(aggregate, granted, 3))).toBe(true);
        const other = tenant === undefined ? { aggregate, id } : { tenant, aggregate, id };
        expect(matches(partitionKeyOf(other))).toBe(tenant === granted);
        expect(matches(listingKey(aggregate, tenant, 3))).toBe(tenant === granted);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each<[EventStoreFeature[], string[] | undefined]>([
    [
      ['read', 'list'],
      ['kms:Decrypt', 'kms:DescribeKey'],
    ],
    [['append'], ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*']],
    [['createTable'], undefined],
    [['readModels'], ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*']],
  ])('for %j grants %j on the key of the table, through DynamoDB only', (features, actions) => {
    const { Statement } = eventStoreIamPolicy({ tableArn, features, kmsKeyArn, tenant: 'acme' });
    expect(Statement.find(({ Sid }) => Sid === 'EventStoreKey')).toEqual(
      actions && {
        Sid: 'EventStoreKey',
        Effect: 'Allow',
        Action: actions,
        Resource: [kmsKeyArn],
        Condition: { StringLike: { 'kms:ViaService': ['dynamodb.*.amazonaws.com'] } },
      },
    );
  });

  it('lets those who only follow or scan the table read with its key, and those who keep records write', () => {
    const actionsOf = (...features: EventStoreFeature[]) =>
      eventStoreIamPolicy({ tableArn, features, kmsKeyArn }).Statement.at(-1)!.Action;
    expect(actionsOf('feed', 'rebuild')).toEqual(['kms:Decrypt', 'kms:DescribeKey']);
    expect(actionsOf('control')).toContain('kms:Encrypt');
  });

  it.each<[string, Partial<EventStoreIamPolicyOptions>]>([
    ['tenant', { tenant: 'acme', features: ['read', 'feed'] }],
    ['tenant', { tenant: 'acme', features: ['rebuild'] }],
    ['tenant', { tenant: { principalTag: 'tenant' }, features: ['control'] }],
    ['features', { features: [] }],
    ['features', { features: ['write' as EventStoreFeature] }],
    ['features', { features: ['toString' as EventStoreFeature] }],
    ['tableArn', { tableArn: '' }],
    ['tableArn', { tableArn: 'arn:aws:dynamodb:eu-west-1:123456789012:table/*' }],
    ['tableArn', { tableArn: `${tableArn}/index/streams` }],
    ['tableArn', { tableArn: `${tableArn}/stream/2026-01-01T00:00:00.000` }],
    ['kmsKeyArn', { kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:alias/events' }],
    ['tenant', { tenant: '' }],
    ['tenant.principalTag', { tenant: { principalTag: '' } }],
    ['tenant.principalTag', { tenant: { principalTag: 'a}*${b' } }],
  ])('refuses an impossible %s: %j', (argument, options) => {
    expect(() => eventStoreIamPolicy({ tableArn, features: ['read'], ...options })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', argument }),
    );
  });
});

function patternOf(tenant: EventStoreIamPolicyOptions['tenant'], feature: EventStoreFeature = 'read'): string {
  const confined = tenant === undefined ? {} : { tenant };
  const [statement] = eventStoreIamPolicy({ tableArn, features: [feature], ...confined }).Statement;
  return statement!.Condition!['ForAllValues:StringLike']!['dynamodb:LeadingKeys']![0]!;
}

/** IAM's `StringLike`: `*` and `?` are wildcards, `${*}`, `${?}` and `${$}` the characters themselves. */
function stringLike(pattern: string): (text: string) => boolean {
  const source = Array.from(pattern.matchAll(/\$\{([*?$])\}|([^])/gu), ([, escaped, plain]) => {
    if (plain === '*') return '[^]*';
    if (plain === '?') return '[^]';
    return `\\u{${(escaped ?? plain)!.codePointAt(0)!.toString(16)}}`;
  });
  const expression = new RegExp(`^${source.join('')}$`, 'u');
  return (text) => expression.test(text);
}
