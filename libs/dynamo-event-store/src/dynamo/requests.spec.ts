import { describe, expect, it } from '@jest/globals';
import type { CommitQuery } from '../store/commit-log.js';
import {
  planGetItem,
  planPutSnapshot,
  planQueryCommits,
  planQueryKeys,
  planQueryLatest,
  planQueryListing,
  planSetListing,
} from './requests.js';

const stream = { aggregate: 'order', id: 'o-1' };
const query: CommitQuery = { order: 'forward', lowest: 2, highest: 9, limit: 3, consistency: 'strong' };

describe('the requests', () => {
  it('a single item is read strongly consistent', () => {
    expect(planGetItem('events', stream, 'e#0000000000000002')).toEqual({
      TableName: 'events',
      Key: { pk: { S: '#order#o-1' }, sk: { S: 'e#0000000000000002' } },
      ConsistentRead: true,
    });
  });

  it('a read keeps to the commits of one stream (P14)', () => {
    expect(planQueryCommits('events', stream, query)).toEqual({
      TableName: 'events',
      KeyConditionExpression: 'pk = :stream AND sk BETWEEN :lowest AND :highest',
      ExpressionAttributeValues: {
        ':stream': { S: '#order#o-1' },
        ':lowest': { S: 'e#0000000000000002' },
        ':highest': { S: 'e#0000000000000009#~' },
      },
      ScanIndexForward: true,
      ConsistentRead: true,
      Limit: 3,
    });
  });

  it('a read goes on where the page before ended, in the order and consistency asked for (P1, P15)', () => {
    const startKey = { pk: { S: '#order#o-1' }, sk: { S: 'e#0000000000000003' } };
    expect(
      planQueryCommits(
        'events',
        stream,
        { ...query, order: 'backward', consistency: 'eventual', limit: undefined },
        startKey,
      ),
    ).toMatchObject({ ScanIndexForward: false, ConsistentRead: false, ExclusiveStartKey: startKey });
    expect(planQueryCommits('events', stream, { ...query, limit: undefined })).not.toHaveProperty('Limit');
  });

  it('a limit above what DynamoDB can take is the highest one that it can', () => {
    expect(planQueryCommits('events', stream, { ...query, limit: Number.MAX_SAFE_INTEGER }).Limit).toBe(2_147_483_647);
  });

  it('a list reads one partition of the index between two times', () => {
    const bounds = { after: 5, before: 9, forward: false, limit: 7 };
    expect(planQueryListing('events', '#order#0', bounds)).toEqual({
      TableName: 'events',
      IndexName: 'streams',
      KeyConditionExpression: '#list = :list AND #at BETWEEN :after AND :before',
      ExpressionAttributeNames: { '#list': 'list', '#at': 'at' },
      ExpressionAttributeValues: { ':list': { S: '#order#0' }, ':after': { N: '5' }, ':before': { N: '9' } },
      ScanIndexForward: false,
      Limit: 7,
    });
  });

  it('the end of a stream is read backward from its snapshot, and never a receipt with it', () => {
    expect(planQueryLatest('events', stream, 7)).toEqual({
      TableName: 'events',
      KeyConditionExpression: 'pk = :stream AND sk BETWEEN :lowest AND :highest',
      ExpressionAttributeValues: {
        ':stream': { S: '#order#o-1' },
        ':lowest': { S: 'e#0000000000000001' },
        ':highest': { S: 's#' },
      },
      ScanIndexForward: false,
      ConsistentRead: true,
      Limit: 7,
    });
  });

  it('a purge finds the keys of every kind of item, page after page', () => {
    const startKey = { pk: { S: '#order#o-1' }, sk: { S: 's#' } };
    expect(planQueryKeys('events', stream)).toEqual({
      TableName: 'events',
      KeyConditionExpression: 'pk = :stream',
      ExpressionAttributeValues: { ':stream': { S: '#order#o-1' } },
      ExpressionAttributeNames: { '#commit': 'commit', '#at': 'at', '#reservations': 'unique' },
      ProjectionExpression: 'pk, sk, #commit, #at, #reservations',
      ConsistentRead: true,
    });
    expect(planQueryKeys('events', stream, startKey)).toMatchObject({ ExclusiveStartKey: startKey });
  });

  it('a snapshot replaces an older one, or one of another schema at its version', () => {
    const item = { pk: { S: 'x' }, last: { N: '9' }, schema: { N: '2' } };
    expect(planPutSnapshot('events', item, undefined)).toEqual({
      TableName: 'events',
      Item: item,
      ConditionExpression: 'attribute_not_exists(#last) OR #last < :last OR (#last = :last AND #schema <> :schema)',
      ExpressionAttributeNames: { '#last': 'last', '#schema': 'schema' },
      ExpressionAttributeValues: { ':last': { N: '9' }, ':schema': { N: '2' } },
    });
  });

  it('a snapshot also replaces the one that was found useless, however new that is', () => {
    const item = { pk: { S: 'x' }, last: { N: '9' }, schema: { N: '2' } };
    const input = planPutSnapshot('events', item, 30);
    expect(input.ConditionExpression).toMatch(/ OR #last = :replaces$/);
    expect(input.ExpressionAttributeValues).toMatchObject({ ':replaces': { N: '30' } });
  });

  it('a stream is archived by moving its first commit to another partition of the index, if it is there', () => {
    expect(planSetListing('events', { ...stream, tenant: 'acme' }, 1, true)).toEqual({
      TableName: 'events',
      Key: { pk: { S: 'acme#order#o-1' }, sk: { S: 'e#0000000000000001' } },
      UpdateExpression: 'SET #list = :list',
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeNames: { '#list': 'list' },
      ExpressionAttributeValues: { ':list': { S: 'acme#order#a0' } },
    });
    expect(planSetListing('events', stream, 1, false).ExpressionAttributeValues).toEqual({
      ':list': { S: '#order#0' },
    });
  });
});
