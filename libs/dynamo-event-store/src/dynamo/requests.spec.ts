import { describe, expect, it } from '@jest/globals';
import type { CommitQuery } from '../store/commit-log.js';
import { planGetCommit, planPutCommit, planQueryCommits, planQueryListing } from './requests.js';

const stream = { aggregate: 'order', id: 'o-1' };
const query: CommitQuery = { order: 'forward', lowest: 2, highest: 9, limit: 3, consistency: 'strong' };

describe('the requests', () => {
  it('a write takes only a free slot, and asks for what is in its way (P4)', () => {
    expect(planPutCommit('events', { pk: { S: 'x' } })).toEqual({
      TableName: 'events',
      Item: { pk: { S: 'x' } },
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  it('the slot is read strongly consistent', () => {
    expect(planGetCommit('events', stream, 2)).toEqual({
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
        ':highest': { S: 'e#0000000000000009' },
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
});
