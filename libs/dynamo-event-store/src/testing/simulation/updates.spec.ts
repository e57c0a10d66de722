import {
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type AttributeValue,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { B, L, M, N, rejectionOf, S, TABLE, things, type Item } from '../../../../../test/support/simulated-table.js';

const KEY: Item = { pk: S('p'), sk: S('s') };
const ITEM: Item = {
  ...KEY,
  txt: S('abc'),
  num: N(5),
  l: L(S('x'), N(2)),
  m: M({ a: S('y'), deep: M({ b: N(1) }) }),
  ss: { SS: ['a', 'b'] },
  ns: { NS: ['1', '2'] },
  bs: { BS: [Uint8Array.of(1), Uint8Array.of(2)] },
};

type Values = Record<string, AttributeValue>;

async function updated(expression: string, values?: Values, input: Partial<UpdateItemCommandInput> = {}) {
  const { client } = things();
  await client.send(new PutItemCommand({ TableName: TABLE, Item: ITEM }));
  const { Attributes } = await client.send(
    new UpdateItemCommand({
      TableName: TABLE,
      Key: KEY,
      UpdateExpression: expression,
      ReturnValues: 'ALL_NEW',
      ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
      ...input,
    }),
  );
  return Attributes;
}

const v = (value: AttributeValue): Values => ({ ':v': value });

describe('an update', () => {
  it.each<[string, string, Values | undefined, Item]>([
    ['sets an attribute', 'SET x = :v', v(S('new')), { x: S('new') }],
    ['replaces one, of whatever type', 'SET num = :v', v(S('new')), { num: S('new') }],
    ['sets a member of a map', 'SET m.deep.c = :v', v(N(2)), { m: M({ a: S('y'), deep: M({ b: N(1), c: N(2) }) }) }],
    ['sets an element of a list', 'SET l[0] = :v', v(N(2)), { l: L(N(2), N(2)) }],
    ['appends what is set behind the end', 'SET l[9] = :v, l[7] = num', v(N(9)), { l: L(S('x'), N(2), N(5), N(9)) }],
    ['copies an attribute', 'SET x = m.deep.b', undefined, { x: N(1) }],
    ['reads what was there before', 'SET txt = num, num = txt', undefined, { txt: N(5), num: S('abc') }],
    ['adds', 'SET num = num + :v', v(N('1.50')), { num: N('6.5') }],
    ['subtracts, also in parentheses', 'SET num = (:v - num)', v(N('0.1')), { num: N('-4.9') }],
    ['adds exactly', 'SET num = :v + :w', { ...v(N('0.1')), ':w': N('0.2') }, { num: N('0.3') }],
    [
      'counts further than doubles can',
      'SET num = :v + :w',
      { ...v(N('99999999999999999999999999999999999998')), ':w': N(1) },
      { num: N('99999999999999999999999999999999999999') },
    ],
    ['keeps what exists', 'SET num = if_not_exists(num, :v)', v(N(1)), { num: N(5) }],
    ['fills in what does not', 'SET c = if_not_exists(c, :v) + :v', v(N(1)), { c: N(2) }],
    ['appends to a list', 'SET l = list_append(l, :v)', v(L(N(3))), { l: L(S('x'), N(2), N(3)) }],
    ['puts before a list', 'SET l = list_append(:v, l)', v(L(N(3))), { l: L(N(3), S('x'), N(2)) }],
    ['begins a list', 'SET q = list_append(if_not_exists(q, :v), l)', v(L()), { q: L(S('x'), N(2)) }],
    ['removes a member of a map', 'REMOVE m.deep', undefined, { m: M({ a: S('y') }) }],
    ['removes elements by their old indexes', 'REMOVE l[0], l[1]', undefined, { l: L() }],
    ['does not mind when there is nothing to remove', 'REMOVE nope, m.nope, l[7]', undefined, {}],
    ['sets and removes in one list', 'SET l[1] = :v REMOVE l[0]', v(N(9)), { l: L(N(9)) }],
    ['appends and removes in one list', 'SET l[7] = :v REMOVE l[0]', v(N(9)), { l: L(N(2), N(9)) }],
    ['does not remove what it appends', 'SET l[7] = :v REMOVE l[2]', v(N(9)), { l: L(S('x'), N(2), N(9)) }],
    ['adds to a number', 'ADD num :v', v(N(-6)), { num: N(-1) }],
    [
      'adds to a number that is not there',
      'ADD m.total2 :v',
      v(N(3)),
      {
        m: M({ a: S('y'), total2: N(3), deep: M({ b: N(1) }) }),
      },
    ],
    ['adds to a set', 'ADD ss :v', v({ SS: ['c', 'a'] }), { ss: { SS: ['a', 'b', 'c'] } }],
    ['adds to a set of numbers by value', 'ADD ns :v', v({ NS: ['1.0', '10'] }), { ns: { NS: ['1', '2', '10'] } }],
    ['adds to a set that is not there', 'ADD q :v', v({ SS: ['c'] }), { q: { SS: ['c'] } }],
    ['deletes from a set', 'DELETE ss :v', v({ SS: ['a', 'z'] }), { ss: { SS: ['b'] } }],
    ['deletes from a set of bytes', 'DELETE bs :v', v({ BS: [Uint8Array.of(1)] }), { bs: { BS: [Uint8Array.of(2)] } }],
    [
      'does all at once, in any case',
      'set x = :v remove txt add num :v delete q :s',
      {
        ...v(N(1)),
        ':s': { SS: ['a'] },
      },
      { x: N(1), num: N(6) },
    ],
  ])('%s: %s', async (_, expression, values, changed) => {
    const gone = expression.includes('remove txt') ? ['txt'] : [];
    const wanted = Object.entries({ ...ITEM, ...changed }).filter(([name]) => !gone.includes(name));
    await expect(updated(expression, values)).resolves.toEqual(Object.fromEntries(wanted));
  });

  it('removes an attribute, and a set of which nothing is left', async () => {
    const after = await updated('REMOVE txt DELETE ss :v', v({ SS: ['a', 'b'] }));
    expect(Object.keys(after ?? {}).sort()).toEqual(['bs', 'l', 'm', 'ns', 'num', 'pk', 'sk']);
  });

  it('makes an item where there is none', async () => {
    const { client } = things();
    const key = { pk: S('p'), sk: S('new') };
    await client.send(new UpdateItemCommand({ TableName: TABLE, Key: key }));
    const { Item: made } = await client.send(new GetItemCommand({ TableName: TABLE, Key: key }));
    expect(made).toEqual(key);
    const filled = await updated('SET x = :v', v(N(1)), { Key: { pk: S('p'), sk: S('other') } });
    expect(filled).toEqual({ pk: S('p'), sk: S('other'), x: N(1) });
  });

  it('leaves attributes called like members of objects alone', async () => {
    const names = { '#p': '__proto__', '#c': 'constructor' };
    const after = await updated('SET #p = :v, #c = :v', v(B(1)), { ExpressionAttributeNames: names });
    expect(Object.getOwnPropertyDescriptor(after, '__proto__')?.value).toEqual(B(1));
    expect(after?.['constructor']).toEqual(B(1));
  });
});

describe('an update returns', () => {
  it.each<[UpdateItemCommandInput['ReturnValues'], string, Values | undefined, Item | undefined]>([
    ['NONE', 'SET num = :v', v(N(1)), undefined],
    ['ALL_OLD', 'SET num = :v', v(N(1)), ITEM],
    ['UPDATED_OLD', 'SET num = :v, x = :v', v(N(1)), { num: N(5) }],
    ['UPDATED_OLD', 'SET x = :v', v(N(1)), undefined],
    ['UPDATED_OLD', 'REMOVE txt', undefined, { txt: S('abc') }],
    ['UPDATED_NEW', 'SET num = :v REMOVE txt', v(N(1)), { num: N(1) }],
    ['UPDATED_NEW', 'REMOVE txt, l[0]', undefined, undefined],
    // Only the part that was changed, unlike DynamoDB Local, which returns the whole attribute.
    ['UPDATED_NEW', 'SET m.deep.b = :v', v(N(9)), { m: M({ deep: M({ b: N(9) }) }) }],
    ['UPDATED_OLD', 'SET l[1] = :v', v(N(9)), { l: L(N(2)) }],
  ])('%s of %s', async (wanted, expression, values, attributes) => {
    await expect(updated(expression, values, { ReturnValues: wanted })).resolves.toEqual(attributes);
  });

  it('nothing else', async () => {
    await expect(updated('REMOVE txt', undefined, { ReturnValues: 'EVERYTHING' as 'NONE' })).rejects.toThrow(
      /Return values/,
    );
  });
});

describe('an update is refused', () => {
  it.each<[string, string, RegExp, Values?]>([
    ['that names a section twice', 'SET a = :v SET b = :v', /"SET" section can only be used once/, v(N(1))],
    ['of an unknown section', 'PUT a = :v', /Syntax error; token: "PUT"/, v(N(1))],
    ['that is cut off', 'SET a = :v,', /Syntax error; token: "<EOF>"/, v(N(1))],
    ['of paths that overlap', 'SET m.a = :v, m = :v', /overlap.*path one: \[m, a\], path two: \[m\]/, v(N(1))],
    ['of paths that conflict', 'SET m.a = :v, m[0] = :v', /conflict.*\[m, \[0\]\]/, v(N(1))],
    ['of the key', 'SET pk = :v', /Cannot update attribute pk. This attribute is part of the key/, v(S('x'))],
    ['behind a path that is not there', 'SET x.y = :v', /document path.*invalid for update/, v(N(1))],
    ['through a scalar', 'SET txt.y = :v', /document path.*invalid for update/, v(N(1))],
    ['of a list by name', 'SET l.y = :v', /document path.*invalid for update/, v(N(1))],
    ['of a map by index', 'REMOVE m[0]', /document path.*invalid for update/],
    ['that reads what is not there', 'SET x = nope', /refers to an attribute that does not exist/],
    ['that adds to text', 'SET x = txt + :v', /incorrect data type/, v(N(1))],
    ['that adds text', 'SET x = num + :v', /\+, operand type: S/, v(S('x'))],
    ['that appends no list', 'SET x = list_append(l, :v)', /list_append, operand type: S/, v(S('x'))],
    ['that appends to no list', 'SET x = list_append(txt, :v)', /incorrect data type/, v(L())],
    ['with a function of conditions', 'SET x = size(txt)', /not allowed in an update expression; function: size/],
    ['with an unknown function', 'SET x = nope(txt)', /Invalid function name; function: nope/],
    ['that adds text to a number', 'ADD num :v', /ADD, operand type: S/, v(S('x'))],
    ['that adds numbers to a set of text', 'ADD ss :v', /incorrect data type/, v({ NS: ['1'] })],
    ['that deletes from a number', 'DELETE num :v', /incorrect data type/, v({ SS: ['1'] })],
    ['that overflows', 'SET x = :v + :v', /Number overflow/, v(N('9e125'))],
    ['that needs more than 38 digits', 'SET x = :v + num', /38/, v(N('1e38'))],
    ['beyond 400 KB', 'SET x = :v', /Item size to update has exceeded/, v(S('x'.repeat(409_599)))],
    ['that gives an index a key of another type', 'SET grp = :v', /Type mismatch for Index Key grp/, v(N(1))],
    ['that gives an index an empty key', 'SET grp = :v', /empty string value. IndexName: keys/, v(S(''))],
  ])('%s: %s', async (_, expression, message, ...[values]) => {
    const error = await rejectionOf(updated(expression, values));
    expect(error).toMatchObject({ name: 'ValidationException', message: expect.stringMatching(message) });
  });

  it('and leaves the item as it was', async () => {
    const { client, database } = things();
    await client.send(new PutItemCommand({ TableName: TABLE, Item: ITEM }));
    for (const UpdateExpression of ['SET num = nope, txt = txt2', 'SET l[0] = num, m.x.y = num'])
      await rejectionOf(client.send(new UpdateItemCommand({ TableName: TABLE, Key: KEY, UpdateExpression })));
    expect(database.items(TABLE)).toEqual([ITEM]);
  });

  it('first for its condition, and then for what does not fit the item', async () => {
    const error = await rejectionOf(
      updated('SET x.y = num', undefined, {
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    expect(error).toMatchObject({ name: 'ConditionalCheckFailedException', Item: ITEM });
  });
});
