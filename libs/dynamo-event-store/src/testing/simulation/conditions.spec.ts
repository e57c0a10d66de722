import { PutItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import { B, L, M, N, rejectionOf, S, TABLE, things, type Item } from '../../../../../test/support/simulated-table.js';

const ITEM: Item = {
  pk: S('p'),
  sk: S('s'),
  txt: S('abc'),
  num: N(5),
  bin: B(1, 2, 3),
  yes: { BOOL: true },
  nil: { NULL: true },
  l: L(S('x'), N(2), M({ deep: L(S('found')) })),
  m: M({ a: S('y'), name: N(1) }),
  ss: { SS: ['a', 'b'] },
  ns: { NS: ['1', '2.50'] },
};

type Values = Record<string, AttributeValue>;

/** Whether a write under the condition goes through, or why not. */
async function outcome(condition: string, values?: Values, names?: Record<string, string>): Promise<boolean | string> {
  const { client } = things();
  await client.send(new PutItemCommand({ TableName: TABLE, Item: ITEM }));
  const write = client.send(
    new PutItemCommand({
      TableName: TABLE,
      Item: ITEM,
      ConditionExpression: condition,
      ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
      ...(names === undefined ? {} : { ExpressionAttributeNames: names }),
    }),
  );
  try {
    await write;
    return true;
  } catch (error) {
    const { name, message } = error as Error;
    return name === 'ConditionalCheckFailedException' ? false : `${name}: ${message}`;
  }
}

const v = (value: AttributeValue): Values => ({ ':v': value });

describe('a condition that is met', () => {
  it.each<[string, Values?]>([
    ['attribute_exists(txt)'],
    ['attribute_not_exists(nope)'],
    ['attribute_exists(l[2].deep[0])'],
    ['attribute_not_exists(l[3])'],
    ['attribute_not_exists(txt.a) AND attribute_not_exists(m[0]) AND attribute_not_exists(l.a)'],
    ['attribute_type(ss, :v)', v(S('SS'))],
    ['begins_with(txt, :v)', v(S('ab'))],
    ['begins_with(bin, :v)', v(B(1, 2))],
    ['begins_with(txt, :v)', v(S(''))],
    ['contains(txt, :v)', v(S('bc'))],
    ['contains(bin, :v)', v(B(2, 3))],
    ['contains(l, :v)', v(N('2.0'))],
    ['contains(ss, :v)', v(S('a'))],
    ['contains(ns, :v)', v(N('2.5'))],
    ['contains(:v, txt)', v({ SS: ['abc', 'z'] })],
    ['size(txt) = :v AND size(bin) = :v AND size(l) = :v', v(N(3))],
    ['size(m) = size(ss)'],
    ['size(num) <> :v', v(N(0))],
    ['txt = :v', v(S('abc'))],
    ['num = :v', v(N('5.000'))],
    ['ss = :v', v({ SS: ['b', 'a'] })],
    ['m = :v', v(M({ name: N(1), a: S('y') }))],
    ['l[2].deep[0] = :v', v(S('found'))],
    ['nope <> :v AND nope <> nix', v(S('x'))],
    ['txt <> num'],
    ['NOT nope = :v', v(S('x'))],
    ['num > :v', v(N('4.99999999999999999999999999999999999999'.slice(0, 39)))],
    ['num BETWEEN :a AND :v', { ':a': N(5), ...v(N(5)) }],
    ['txt BETWEEN :a AND :v', { ':a': S('abb'), ...v(S('abd')) }],
    ['txt IN (:a, :v)', { ':a': N(1), ...v(S('abc')) }],
    ['yes = :v OR yes IN (:v)', v({ BOOL: true })],
    ['txt = :v OR num = num2 AND attribute_exists(nope)', v(S('abc'))],
    ['(attribute_exists(nope) OR attribute_exists(txt)) AND attribute_exists(num)'],
    ['((attribute_exists(nope) OR attribute_exists(txt)) AND attribute_exists(num)) OR attribute_exists(nix)'],
    ['not attribute_exists(nope) and not (attribute_exists(nope) or attribute_exists(nix))'],
    ['(txt) = (:v)', v(S('abc'))],
    ['(size(txt)) >= :v', v(N(3))],
  ])('%s %j', async (condition, ...[values]) => {
    await expect(outcome(condition, values)).resolves.toBe(true);
  });

  it('by a name that stands for a reserved word', async () => {
    await expect(outcome('attribute_exists(m.#n)', undefined, { '#n': 'name' })).resolves.toBe(true);
    await expect(outcome('attribute_exists(#n)', undefined, { '#n': 'm.name' })).resolves.toBe(false);
  });
});

describe('a condition that is not met', () => {
  it.each<[string, Values?]>([
    ['attribute_exists(nope)'],
    ['attribute_not_exists(pk)'],
    ['nope = :v', v(S('x'))],
    ['nope < :v', v(S('x'))],
    ['nope = nix'],
    ['txt < num'],
    ['txt > :v', v(N(1))],
    ['begins_with(num, :v)', v(S('5'))],
    ['begins_with(txt, :v)', v(S('abcd'))],
    ['contains(num, :v)', v(S('5'))],
    ['contains(m, :v)', v(S('a'))],
    ['contains(ns, :v)', v(S('1'))],
    ['size(num) > :v', v(N(0))],
    ['size(txt) > :v', v(S('0'))],
    ['attribute_type(txt, :v)', v(S('N'))],
    ['num BETWEEN txt AND txt2'],
    ['txt = :v AND attribute_exists(pk)', v(S('x'))],
    ['attribute_exists(nope) AND attribute_exists(pk) OR attribute_exists(nix)'],
  ])('%s %j', async (condition, ...[values]) => {
    await expect(outcome(condition, values)).resolves.toBe(false);
  });
});

describe('a condition is refused', () => {
  it.each<[string, string, RegExp, Values?]>([
    ['that is empty', ' ', /can not be empty/],
    ['with an unknown function', 'exists(txt)', /Invalid function name; function: exists/],
    ['with a function in capitals', 'ATTRIBUTE_EXISTS(txt)', /Invalid function name/],
    ['with too many operands', 'attribute_exists(txt, num)', /Incorrect number of operands.*2/],
    ['with a reserved word for a name', 'name = :v', /reserved keyword: name/, v(S('x'))],
    ['with a reserved word inside a path', 'm.name = :v', /reserved keyword: name/, v(S('x'))],
    ['with a word of the grammar for a name', 'attribute_exists(and)', /reserved keyword: and/],
    ['with a name that is not defined', '#x = :v', /name used in the document path is not defined.*#x/, v(S('x'))],
    ['with a value that is not defined', 'txt = :w', /value used in expression is not defined.*:w/],
    ['with a value that is not used', 'attribute_exists(pk)', /unused in expressions: keys: \{:v\}/, v(S('x'))],
    ['with no values at all', 'attribute_exists(pk)', /ExpressionAttributeValues must not be empty/, {}],
    ['with a value of a wrong key', 'txt = :v', /invalid key.*"v"/, { v: S('x') }],
    ['with an empty set for a value', 'txt = :v', /may not be empty for key :v/, v({ SS: [] })],
    ['with a number that is none', 'txt = :v', /cannot be converted to a numeric value.*for key :v/, v(N('x'))],
    ['that ends in the middle', 'txt =', /Syntax error; token: "<EOF>"/],
    ['that goes on behind its end', 'txt = :v :v', /Syntax error; token: ":v"/, v(S('x'))],
    ['with an unknown operator', 'txt == :v', /Syntax error; token: "="/, v(S('x'))],
    ['with parentheses too many', '((txt = :v))', /redundant parentheses/, v(S('x'))],
    ['with size alone', 'size(txt)', /not allowed to be used this way.*size/],
    ['with size of a number', 'size(:v) = :v', /Incorrect operand type.*size, operand type: N/, v(N(1))],
    ['that orders what has no order', 'txt < :v', /Incorrect operand type.*<, operand type: BOOL/, v({ BOOL: true })],
    ['with a prefix that is a number', 'begins_with(txt, :v)', /begins_with, operand type: N/, v(N(1))],
    ['with an unknown type', 'attribute_type(txt, :v)', /Invalid attribute type name found; type: X/, v(S('X'))],
    ['with a value where a path must be', 'attribute_exists(:v)', /requires a document path/, v(S('x'))],
    ['that compares an attribute with itself', 'txt = txt', /first operand must be distinct.*\[txt\]/],
    [
      'with bounds the wrong way round',
      'num BETWEEN :v AND :a',
      /upper bound to be greater than or equal to lower bound.*\{N:9\}.*\{N:1\}/,
      { ...v(N(9)), ':a': N(1) },
    ],
    ['with bounds of two types', 'num BETWEEN :v AND :a', /same data type/, { ...v(N(9)), ':a': S('1') }],
    ['of more than 4 KB', `attribute_exists(${'x'.repeat(4_096)})`, /maximum allowed size; expression size: 4114/],
    [
      'with more than 100 values to choose from',
      `txt IN (${Array.from({ length: 101 }, (_, index) => `t${index}`).join()})`,
      /Too many operands.*101/,
    ],
  ])('%s: %s', async (_, condition, message, ...[values]) => {
    const refused = await outcome(condition, values);
    expect(refused).toMatch(/^ValidationException: /);
    expect(refused).toMatch(message);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['that is not used', { '#x': 'x' }, /Names unused in expressions: keys: \{#x\}/],
    ['of a wrong key', { x: 'x' }, /ExpressionAttributeNames contains invalid key.*"x"/],
    ['that is empty', { '#x': '' }, /Empty attribute name for key #x/],
  ])('with a name %s', async (_, names, message) => {
    await expect(outcome('attribute_exists(pk)', undefined, names)).resolves.toMatch(message);
  });

  it('as an error of the SDK', async () => {
    const { client } = things();
    const error = await rejectionOf(
      client.send(new PutItemCommand({ TableName: TABLE, Item: ITEM, ConditionExpression: 'name = name' })),
    );
    expect(error).toMatchObject({
      name: 'ValidationException',
      $fault: 'client',
      $metadata: { httpStatusCode: 400 },
    });
  });
});
