import { readdirSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import * as library from 'nestjs-dynamo-event-store';
import { DomainEvent, DynamoEventStore, eventTableDefinition } from 'nestjs-dynamo-event-store';
import { SimulatedDynamoDb } from 'nestjs-dynamo-event-store/testing';
import { ATTRIBUTES } from '../../libs/dynamo-event-store/src/dynamo/table-schema.js';
import { FAULT_KINDS } from '../../libs/dynamo-event-store/src/testing/faults/fault.js';
import { documents, root, withCurrentQuotes } from './quotes.mjs';

@DomainEvent({ name: 'order-placed' })
class OrderPlaced {
  constructor(readonly customerId: string) {}
}

@DomainEvent({ name: 'order-paid' })
class OrderPaid {
  constructor(readonly at: Date) {}
}

@DomainEvent({ name: 'order-shipped' })
class OrderShipped {}

const SOURCE = 'libs/dynamo-event-store/src';
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const sources = (folder: string): string[] =>
  readdirSync(join(root, SOURCE, folder)).flatMap((name) =>
    /(?<!spec)\.ts$/.test(name) ? [read(`${SOURCE}/${folder}/${name}`)] : [],
  );

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(markdown: string): string[] {
  const text = markdown.replaceAll(/^```[^]*?^```/gm, '');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe.each(documents())('%s', (name) => {
  it('quotes the code as it is (run `node test/docs/quotes.mjs` to update)', () => {
    expect(read(name)).toBe(withCurrentQuotes(read(name)));
  });

  it('links only to what exists', () => {
    const targets = [...read(name).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)];
    const missing = targets.flatMap(([, path = '', anchor]) => {
      const target = path === '' ? name : join(dirname(name), path);
      const exists =
        existsSync(join(root, target)) && (anchor === undefined || anchorsOf(read(target)).includes(anchor));
      return exists ? [] : [`${path}#${anchor ?? ''}`];
    });
    expect(missing).toEqual([]);
  });
});

describe('docs/errors.md', () => {
  const rows = [...read('docs/errors.md').matchAll(/^\| `(\w+)` *\| `(\w+)` *\| (\w+) /gm)];

  it('lists every error class with its code, and no other', () => {
    const classes = Object.entries(library).flatMap(([name, value]) =>
      typeof value === 'function' && 'code' in value ? [[name, value.code]] : [],
    );
    expect(classes.length).toBeGreaterThan(20);
    expect(rows.map(([, name, code]) => [name, code]).sort()).toEqual(classes.sort());
  });

  it('says of each whether it is retryable, as its class does', () => {
    const classes = sources('errors').flatMap((source) => source.split(/^(?=(?:export )?(?:abstract )?class )/m));
    for (const [, name, , retryable] of rows) {
      const source = classes.find((each) => each.startsWith(`export class ${name} `));
      expect([name, /retryable(?::| =) (true|false)/.exec(source!)![1]]).toEqual([name, String(retryable === 'yes')]);
    }
  });
});

describe('docs/architecture.md', () => {
  it('names only files and folders that exist', () => {
    const [named, testing] = read('docs/architecture.md').split('| folder of `testing/`');
    const paths = [...named!.matchAll(/`((?:\w+\/)+(?:[\w-]+\.ts)?)`/g)].map(([, path]) => path!);
    paths.push(...[...testing!.matchAll(/^\| `([\w-]+\/)`/gm)].map(([, folder]) => `testing/${folder!}`));
    expect(paths.length).toBeGreaterThan(25);
    expect(paths.filter((path) => !existsSync(join(root, SOURCE, path)))).toEqual([]);
  });
});

describe('docs/configuration.md', () => {
  it('lists every option', () => {
    const options = [
      ['module/module-options.ts', 'DynamoEventStoreModuleOptions'],
      ['module/module-definition.ts', 'DynamoEventStoreModuleExtras'],
      ['dynamo/dynamo-event-store.ts', 'DynamoEventStoreOptions'],
      ['store/store-options.ts', 'CommitLogStoreOptions'],
    ].flatMap(([file, name]) => {
      const [body] = new RegExp(`^export interface ${name} [^]*?^}`, 'm').exec(read(`${SOURCE}/${file}`))!;
      return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, option]) => option!);
    });
    expect(options.length).toBeGreaterThan(16);
    const rows = [...read('docs/configuration.md').matchAll(/^\| `(\w+)` /gm)].map(([, option]) => option!);
    // The module has a wider form of one of the store’s.
    expect(rows.sort()).toEqual([...new Set(options)].sort());
  });
});

describe('docs/testing.md', () => {
  it('lists every fault that can be injected, and every rule of a history', () => {
    const [violations] = /^const GUARANTEE_OF = [^]*?^}/m.exec(read(`${SOURCE}/testing/history/violation.ts`))!;
    const rules = [...violations.matchAll(/^ {2}'?([\w-]+)'?: \d/gm)].map(([, rule]) => rule!);
    expect(rules.length).toBeGreaterThan(8);
    const rows = [...read('docs/testing.md').matchAll(/^\| (`[^|]+`) /gm)].map(([, cell]) => cell!);
    const named = rows.flatMap((cell) => cell.split(', ').map((name) => name.trim().replaceAll('`', '')));
    expect(named).toEqual(expect.arrayContaining([...FAULT_KINDS, ...rules]));
  });
});

describe('docs/table-design.md', () => {
  type Item = Record<string, AttributeValue>;
  const document = read('docs/table-design.md');
  const shown = new Map(
    [...document.matchAll(/<!-- item: (\w+) -->\s+```json\n([^]*?)```/g)].map(([, kind, json]) => [
      kind!,
      JSON.parse(json!) as Item,
    ]),
  );

  /** One item of each kind, by the sort key that it begins with, as the store writes them. */
  async function storedItems(): Promise<Record<string, Item | undefined>> {
    const database = new SimulatedDynamoDb();
    database.createTable('events', eventTableDefinition({ tableName: 'events' }));
    const clock = () => new Date('2026-01-01T00:00:00Z');
    const store = new DynamoEventStore({ client: database.client, tableName: 'events', clock });
    const stream = { aggregate: 'order', id: 'o-1' };
    store.register([OrderPlaced, OrderPaid, OrderShipped]);
    await store.append(stream, [new OrderPlaced('ALFKI'), new OrderPaid(clock())], {
      expected: 'none',
      commitId: 'c0ffee00-1111-4222-8333-444455556666',
      metadata: { actorId: 'ada' },
    });
    const head = await store.append(stream, [new OrderShipped()], {
      expected: 2,
      idempotencyKey: 'request-17',
      fingerprint: 'POST /orders/o-1/ship',
    });
    const type = { name: 'order snapshot', schemaVersion: 1, eventClass: undefined };
    await store.saveSnapshot({ head, type, state: { status: 'shipped', paid: 168 } });
    await store.append(stream, [new OrderPaid(clock())], {
      expected: head,
      commitId: 'decade00-1111-4222-8333-444455556666',
      reserve: [{ scope: 'order-number', value: '4711' }],
    });
    await store.closeStream(stream, { commitId: '0ddba11a-1111-4222-8333-444455556666' });
    const large = { aggregate: 'order', id: 'o-2' };
    await store.append(large, [{ type: 'noted', payload: new Uint8Array(900_000).map(() => Math.random() * 256) }], {
      expected: 'none',
    });
    const items = database.items('events');
    const find = (id: string, sortKey: RegExp) =>
      items.find(({ pk, sk }) => pk?.S === `#order#${id}` && sortKey.test(sk?.S ?? ''));
    return {
      commit: find('o-1', /^e#0{15}1$/),
      receipt: find('o-1', /^c#/),
      snapshot: find('o-1', /^s#/),
      reserving: find('o-1', /^e#0{15}4$/),
      reservation: items.find(({ sk }) => sk?.S === 'u#'),
      end: find('o-1', /^e#0{15}5$/),
      part: find('o-2', /^e#0{15}1#02$/),
    };
  }

  it('shows an item of each kind as the code writes it, but for the bytes of a part and the random id of a write', async () => {
    const stored = await storedItems();
    expect(stored['part']!['events']!.B!.byteLength).toBeGreaterThan(1_000);
    const part = { ...stored['part'], events: { B: '…' } };
    const { try: attempt } = shown.get('receipt')!;
    const randomId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
    for (const id of [attempt, stored['receipt']!['try']]) expect(id!.S).toMatch(randomId);
    const receipt = { ...stored['receipt'], try: attempt };
    expect(Object.fromEntries(shown)).toEqual({ ...stored, part, receipt });
  });

  it('explains every attribute', () => {
    const rows = [...document.matchAll(/^\| `(\w+)` /gm)].map(([, attribute]) => attribute!);
    expect(rows.sort()).toEqual(Object.values<string>(ATTRIBUTES).sort());
  });
});
