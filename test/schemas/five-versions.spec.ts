import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { formatFindings, readSchemaLock } from 'nestjs-dynamo-event-store/schemas';
import { SchemaProject } from '../support/schema-project.js';

interface OrderPlacedSource {
  readonly version: number;
  readonly fields: string;
  readonly line?: string;
  readonly upcastersFrom?: readonly number[];
}

/** The order's events at one point of their life. */
function sourceOf({ version, fields, line = '', upcastersFrom = [] }: OrderPlacedSource): string {
  const upcasters = upcastersFrom.map(
    (from) =>
      `export const placedFrom${from} = defineUpcaster({ event: 'order-placed', from: ${from} }, (old) => old);`,
  );
  return `import { Aggregate, AggregateRoot, DomainEvent, EventHandler, defineUpcaster } from 'nestjs-dynamo-event-store';
    interface Line { productId: string; ${line} }
    @DomainEvent({ name: 'order-placed', version: ${version} })
    export class OrderPlaced { constructor(${fields}) {} }
    @Aggregate({ name: 'order' })
    export class Order extends AggregateRoot { @EventHandler(OrderPlaced) onPlaced(): void {} }
    ${upcasters.join('\n')}`;
}

const V1 = { version: 1, fields: 'readonly customerId: string, readonly lines: Line[]', line: 'unitPrice: number;' };
const V2 = { ...V1, version: 2, line: 'unitPrice: string;', upcastersFrom: [1] };
const V3 = { ...V2, version: 3, fields: `${V1.fields}, readonly placedAt: Date`, upcastersFrom: [1, 2] };
const V4 = { ...V3, version: 4, line: "unitPrice: string; unit: 'piece' | 'box';", upcastersFrom: [1, 2, 3] };
const V5 = {
  ...V4,
  version: 5,
  fields: 'readonly customer: { id: string; name?: string }, readonly lines: Line[], readonly placedAt: Date',
  upcastersFrom: [1, 2, 3, 4],
};
const VERSIONS: readonly OrderPlacedSource[] = [V1, V2, V3, V4, V5];

describe('five versions of an order event, written by five versions of the code', () => {
  const project = new SchemaProject();
  afterAll(() => {
    project.remove();
  });
  const write = (source: OrderPlacedSource): SchemaProject => project.write('src/order.ts', sourceOf(source));
  const print = (): string => formatFindings(project.check());

  it('are refused while there is no lock', () => {
    expect(
      write(V1)
        .check()
        .map(({ kind }) => kind),
    ).toEqual(['lock-missing']);
  });

  it('are locked one after the other, each with its upcasters', () => {
    for (const source of VERSIONS) {
      write(source);
      if (source !== V1) expect(project.check().map(({ kind }) => kind)).toEqual(['not-locked']);
      expect(project.lockAll()).toEqual({ written: true, refusals: [] });
      expect(project.check()).toEqual([]);
    }
    const { versions, version } = readSchemaLock(project.lock)!.events['order-placed']!;
    expect(version).toBe(5);
    expect(Object.keys(versions)).toEqual(['1', '2', '3', '4', '5']);
    expect(versions['1']!.fields['lines']).toEqual({
      type: { array: { object: { productId: { type: 'string' }, unitPrice: { type: 'number' } } } },
    });
    expect(versions['5']!.fields['customer']).toEqual({
      type: { object: { id: { type: 'string' }, name: { type: 'string', optional: true } } },
    });
  });

  const next = "Set version: 6 in @DomainEvent, and add an upcaster ({ event: 'order-placed', from: 5 })";
  it.each([
    [
      'a type, deep inside',
      { line: "unitPrice: number; unit: 'piece' | 'box';" },
      ['order-placed version 5, lines[].unitPrice: string → number'],
    ],
    [
      'a field that is gone',
      { line: 'unitPrice: string;' },
      ["order-placed version 5, lines[].unit: removed; it was 'box' | 'piece'"],
    ],
    [
      'a value more',
      { line: "unitPrice: string; unit: 'piece' | 'box' | 'kg';" },
      ["order-placed version 5, lines[].unit: 'box' | 'piece' → 'box' | 'kg' | 'piece'"],
    ],
    [
      'a required field',
      { fields: `${V5.fields}, readonly channel: string` },
      ['order-placed version 5, channel: added as required string'],
    ],
    [
      'two changes at once',
      { fields: V5.fields.replace('name?: string', 'name: string').replace('Date', 'string') },
      ['order-placed version 5, customer.name: optional → required', 'order-placed version 5, placedAt: Date → string'],
    ],
  ])('are not changed silently: %s', (_, change, lines) => {
    const before = readFileSync(project.lock, 'utf8');
    write({ ...V5, ...change });
    const at = ' (src/order.ts:3)';
    expect(print()).toBe(lines.map((line) => `${line}. ${next}${at}`).join('\n'));
    expect(project.lockAll().written).toBe(false);
    expect(readFileSync(project.lock, 'utf8')).toBe(before);
  });

  it('may get an optional field without a version, but only on purpose', () => {
    write({ ...V5, fields: `${V5.fields}, readonly note?: string` });
    expect(print()).toBe(
      `order-placed version 5, note: added as optional string. ${next}; or, if old events may go without it, run \`dynamo-event-store schemas write --allow-optional\` (src/order.ts:3)`,
    );
    expect(project.lockAll().written).toBe(false);
    expect(project.lockAll({ allowOptional: true }).written).toBe(true);
    expect(project.check()).toEqual([]);
    write(V5);
    expect(print()).toMatch(/^order-placed version 5, note: removed; it was string\./);
    write({ ...V5, fields: `${V5.fields}, readonly note?: string` });
  });

  it.each([
    [[1, 2, 4], ['order-placed version 3: the event is at version 5, and nothing turns version 3 into 4.']],
    [
      [3],
      [
        'order-placed version 1: the event is at version 5, and nothing turns version 1 into 2.',
        'order-placed version 2: the event is at version 5, and nothing turns version 2 into 3.',
        'order-placed version 4: the event is at version 5, and nothing turns version 4 into 5.',
      ],
    ],
  ])('need the upcasters of every version that was locked: only %j', (upcastersFrom, lines) => {
    write({ ...V5, fields: `${V5.fields}, readonly note?: string`, upcastersFrom });
    const printed = print().split('\n');
    expect(printed).toHaveLength(lines.length);
    for (const [index, line] of lines.entries()) expect(printed[index]).toContain(line);
  });

  it('do not go back', () => {
    write({ ...V4 });
    expect(print()).toMatch(/^order-placed version 4: version 5 is locked, so events of it may be stored/);
    expect(project.lockAll().written).toBe(false);
  });

  it('are locked again where the version was never stored', () => {
    write(V4);
    expect(project.lockAll({ relock: ['order-placed'] }).written).toBe(true);
    expect(project.check()).toEqual([]);
    expect(Object.keys(readSchemaLock(project.lock)!.events['order-placed']!.versions)).toEqual(['1', '2', '3', '4']);
  });
});
