import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Random } from '../../libs/dynamo-event-store/src/testing/simulation/index.js';
import { B, L, M, N, S, type Item } from './simulated-table.js';

export interface RandomExpression {
  readonly text: string;
  readonly values: Item;
  readonly names: Record<string, string>;
}

/** Attributes besides the keys: any of `n`, `t`, `c`, `m`, `s`, `ns`, `b`, each mostly of its type. */
export function randomExtras(random: Random): Item {
  const extras: Item = {};
  for (const name of ['n', 't', 'c', 'm', 's', 'ns', 'b'])
    if (random.chance(0.5)) extras[name] = random.chance(0.9) ? valueOf(random, name) : anyValue(random);
  return extras;
}

function number(random: Random): AttributeValue {
  return N(random.pick(['0', '1', '2', '-1', '0.5', '-2.25', '10', '1234567890123456789012345', '0.000001']));
}

function text(random: Random): AttributeValue {
  return S(random.pick(['', 'a', 'ab', 'abc', 'b', 'é', '\uffff', '😀']));
}

function valueOf(random: Random, name: string): AttributeValue {
  switch (name) {
    case 'n':
      return number(random);
    case 'c':
      return L(...Array.from({ length: random.int(4) }, () => (random.chance(0.5) ? number(random) : text(random))));
    case 'm':
      return M({ x: number(random), ...(random.chance(0.5) ? { y: M({ z: text(random) }) } : {}) });
    case 's':
      return { SS: random.pick([['a'], ['a', 'b'], ['b', 'c', 'é']]) };
    case 'ns':
      return { NS: random.pick([['1'], ['-1', '0.5', '2']]) };
    case 'b':
      return random.pick([B(1), B(1, 2), B(255), B()]);
    default:
      return text(random);
  }
}

function anyValue(random: Random): AttributeValue {
  if (random.chance(0.15)) return random.pick<AttributeValue>([{ BOOL: true }, { BOOL: false }, { NULL: true }]);
  return valueOf(random, random.pick(['n', 't', 'c', 'm', 's', 'ns', 'b']));
}

/** Collects placeholders of one expression. */
class Parts {
  readonly values: Item = {};
  readonly names: Record<string, string> = {};

  constructor(
    readonly random: Random,
    private readonly prefix: string,
  ) {}

  value(value: AttributeValue): string {
    const placeholder = `:${this.prefix}${Object.keys(this.values).length}`;
    this.values[placeholder] = value;
    return placeholder;
  }

  path(): string {
    const path = this.random.pick(['n', 't', 'c', 'm', 's', 'ns', 'b', 'c[0]', 'c[2]', 'm.x', 'm.y.z', 'n.x', 'none']);
    if (!this.random.chance(0.2) || !/^\w+$/.test(path)) return path;
    this.names[`#${this.prefix}_${path}`] = path;
    return `#${this.prefix}_${path}`;
  }
}

/** A condition of any shape; DynamoDB refuses some of them. */
export function randomCondition(random: Random, depth: number): RandomExpression {
  const parts = new Parts(random, 'c');
  return { text: condition(parts, depth), values: parts.values, names: parts.names };
}

function condition(parts: Parts, depth: number): string {
  const { random } = parts;
  if (depth > 0 && random.chance(0.5)) {
    const [left, right] = [condition(parts, depth - 1), condition(parts, depth - 1)];
    return random.pick(
      [
        `${left} AND ${right}`,
        `${left} OR ${right}`,
        `NOT ${left}`,
        `(${left}) OR (${right})`,
        `NOT (${left} AND ${right})`,
      ].map((each) => (each.startsWith('NOT (') || each.includes(right) ? each : `${each} OR ${right}`)),
    );
  }
  const path = parts.path();
  const value = (): string => parts.value(anyValue(random));
  const ordered = (): string => parts.value(random.chance(0.5) ? number(random) : text(random));
  return random.pick([
    () => 'attribute_not_exists(pk)',
    () => 'attribute_exists(pk)',
    () => `attribute_exists(${path})`,
    () => `attribute_not_exists(${path})`,
    () => `attribute_type(${path}, ${parts.value(S(random.pick(['S', 'N', 'L', 'M', 'SS', 'BOOL', 'X'])))})`,
    () => `begins_with(${path}, ${parts.value(random.chance(0.8) ? text(random) : anyValue(random))})`,
    () => `contains(${path}, ${value()})`,
    () => `size(${path}) ${random.pick(['=', '<>', '<', '>='])} ${parts.value(number(random))}`,
    () => `${path} ${random.pick(['=', '<>'])} ${value()}`,
    () => `${path} ${random.pick(['<', '<=', '>', '>='])} ${ordered()}`,
    () => `${path} ${random.pick(['=', '<', '<>'])} ${parts.path()}`,
    () => `${path} BETWEEN ${ordered()} AND ${ordered()}`,
    () => {
      const bound = parts.value(number(random));
      return `n BETWEEN ${bound} AND ${random.chance(0.5) ? bound : parts.value(N(5))}`;
    },
    () => `${path} IN (${value()}, ${value()})`,
  ])();
}

/** An update that may or may not fit the item it meets. */
export function randomUpdate(
  random: Random,
  rank: () => AttributeValue,
): { readonly expression: RandomExpression; readonly nested: boolean } {
  const parts = new Parts(random, 'u');
  const value = (each: AttributeValue): string => parts.value(each);
  const set = [
    () => `n = ${value(anyValue(random))}`,
    () => `n = n ${random.pick(['+', '-'])} ${value(number(random))}`,
    () => `n = if_not_exists(n, ${value(number(random))}) + ${value(number(random))}`,
    () => `t = ${value(anyValue(random))}`,
    () => `t = if_not_exists(none, ${value(text(random))})`,
    () => `c = list_append(c, ${value(L(number(random)))})`,
    () => `c = list_append(${value(L(text(random)))}, if_not_exists(c, ${value(L())}))`,
    () => `t = ${parts.path()}`,
    () => `rnk = ${value(rank())}, grp = ${value(S(random.pick(['g', 'h'])))}`,
    () => `f = ${value(S('y'.repeat(random.int(3_000))))}`,
    () => `m.x = ${value(anyValue(random))}`,
    () => `m.y.z = ${value(anyValue(random))}, m.w = ${value(number(random))}`,
    () => `c[${random.int(4)}] = ${value(anyValue(random))}`,
    () => `c[1] = ${value(number(random))}, c[0] = ${value(number(random))}`,
  ];
  const remove = [
    () => 't',
    () => 'n, t',
    () => 'm.x',
    () => 'c[0]',
    () => 'c[1], c[0]',
    () => 'rnk',
    () => 'none, m.y',
  ];
  const add = [
    () => `n ${value(number(random))}`,
    () => `s ${value(valueOf(random, 's'))}`,
    () => `ns ${value(valueOf(random, 'ns'))}`,
    () => `n ${value(anyValue(random))}`,
    () => `m.x ${value(number(random))}`,
  ];
  const without = [
    () => `s ${value(valueOf(random, 's'))}`,
    () => `ns ${value(valueOf(random, 'ns'))}`,
    () => `s ${value(anyValue(random))}`,
  ];
  const sections = [
    ...(random.chance(0.6) ? [`SET ${random.pick(set)()}`] : []),
    ...(random.chance(0.3) ? [`REMOVE ${random.pick(remove)()}`] : []),
    ...(random.chance(0.3) ? [`ADD ${random.pick(add)()}`] : []),
    ...(random.chance(0.2) ? [`DELETE ${random.pick(without)()}`] : []),
  ];
  const expression = sections.length === 0 ? `SET ${random.pick(set)()}` : sections.join(' ');
  return {
    expression: { text: expression, values: parts.values, names: parts.names },
    nested: /[.[]/.test(expression),
  };
}

export const PROJECTIONS = ['sk', 'n, t', 'm.x, m.y.z', 'c[0], c[2]', 'nope', 'm, s', 'c[1], m.y', 'n, n'] as const;

/** An expression as the input of a command holds it. */
export function named(name: string, { text, values, names }: RandomExpression): Record<string, unknown> {
  return {
    [name]: text,
    ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
    ...(Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: names }),
  };
}

/** Inputs of which both may bring names and values for expressions. */
export function merged<A extends object, B extends object>(a: A, b: B): A & B {
  const both = { ...a, ...b };
  for (const name of ['ExpressionAttributeValues', 'ExpressionAttributeNames']) {
    const parts = { ...(a as Record<string, object>)[name], ...(b as Record<string, object>)[name] };
    if (Object.keys(parts).length > 0) (both as Record<string, object>)[name] = parts;
  }
  return both;
}
