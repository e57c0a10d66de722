import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from '../../errors/argument-errors.js';
import { defineView } from '../../projection/view.js';
import {
  indexPartition,
  keyOfViewItem,
  marksOfBuild,
  progressItemKey,
  readModelTableDefinition,
  readModelTableName,
  viewItemKey,
} from './view-schema.js';

const view = (name: string) => defineView<object>({ name, projection: 'p', keyedBy: 'key' });
const stream = (id: string, aggregate = 'order') => ({ aggregate, id });

describe('keys of items', () => {
  it('begin with the tenant, and name view and build', () => {
    expect(viewItemKey(view('sales'), 3, 'acme', 'lamp')).toBe('acme#v#sales@3#lamp');
    expect(viewItemKey(view('sales'), 3, undefined, 'lamp')).toBe('#v#sales@3#lamp');
    expect(
      progressItemKey({ projection: 'selling', generation: 3, stream: { ...stream('o-1'), tenant: 'acme' } }),
    ).toBe('acme#p#selling@3#order#o-1');
    expect(indexPartition(view('sales'), 3, 'acme', 'lamps')).toBe('acme#sales@3#lamps');
  });

  it('differ for everything that differs, whatever characters it has', () => {
    const texts = ['a', '#', '%', '%23', '%25', '@', 'a@1', 'v', 'p', '#v#', 'ä'];
    const keys = texts.flatMap((a) =>
      texts.flatMap((b) => [
        viewItemKey(view(a), 1, b, 'k'),
        viewItemKey(view(a), 11, undefined, b),
        viewItemKey(view('x'), 1, a, b),
        progressItemKey({ projection: 'x', generation: 1, stream: stream(a, b) }),
        progressItemKey({ projection: a, generation: 1, stream: { ...stream('k'), tenant: b } }),
      ]),
    );
    // Equal arguments: view x, generation 1, key k do not occur twice.
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each(['a', '#', '%23', '%', 'a#b%25'])('give the key %s back', (key) => {
    expect(keyOfViewItem(viewItemKey(view('v'), 1, '#', key))).toBe(key);
  });

  it('are refused when DynamoDB would refuse them, or take two for one', () => {
    for (const key of ['', '\ud800', 'x'.repeat(2048)])
      expect(() => viewItemKey(view('v'), 1, undefined, key)).toThrow(InvalidArgumentError);
    expect(() => progressItemKey({ projection: 'p', generation: 1, stream: stream('x'.repeat(2048)) })).toThrow(
      InvalidArgumentError,
    );
  });
});

describe('marksOfBuild', () => {
  it('are in the keys of one build of a projection, and in no others', () => {
    const marks = marksOfBuild('selling', [view('sales'), view('v@1')], 1);
    const isMarked = (key: string) => marks.some((mark) => key.includes(mark));
    const progress = (projection: string, generation: number, id = 'o', aggregate = 'order') =>
      progressItemKey({ projection, generation, stream: { aggregate, id, tenant: '#v#sales@1#' } });
    expect(
      [viewItemKey(view('sales'), 1, 't', 'k'), viewItemKey(view('v@1'), 1, '', 'k'), progress('selling', 1)].map(
        isMarked,
      ),
    ).toEqual([true, true, true]);
    expect(
      [
        viewItemKey(view('sales'), 2, 't', 'k'),
        viewItemKey(view('sales'), 11, 't', 'k'),
        viewItemKey(view('wholesales'), 1, 't', 'k'),
        viewItemKey(view('v'), 1, '#v#sales@1#', '#v#sales@1#'),
        progress('selling', 11),
        progress('selling', 2, '#v#sales@1#'),
        progress('other', 1, 'sales@1', 'v'),
        progress('sales', 1),
      ].map(isMarked),
    ).toEqual(Array(8).fill(false));
  });
});

describe('readModelTableDefinition', () => {
  it('is the table on demand with four indexes of whole items, and nothing else', () => {
    const definition = readModelTableDefinition(readModelTableName('events'));
    expect(definition).toMatchObject({
      TableName: 'events-views',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    });
    expect(
      definition.AttributeDefinitions.map(({ AttributeName, AttributeType }) => AttributeName + AttributeType),
    ).toEqual(['pkS', 'i1pS', 'i1sS', 'i2pS', 'i2sS', 'i3pS', 'i3sS', 'i4pS', 'i4sS']);
    expect(definition.GlobalSecondaryIndexes).toHaveLength(4);
    expect(definition.GlobalSecondaryIndexes[3]).toEqual({
      IndexName: 'index4',
      KeySchema: [
        { AttributeName: 'i4p', KeyType: 'HASH' },
        { AttributeName: 'i4s', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    });
    expect(Object.keys(definition)).toHaveLength(5);
  });

  it('refuses an empty name', () => {
    expect(() => readModelTableDefinition('')).toThrow(InvalidArgumentError);
  });
});
