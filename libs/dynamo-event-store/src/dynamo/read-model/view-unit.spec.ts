import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from '../../errors/argument-errors.js';
import { defineView } from '../../projection/view.js';
import { encodeView, type StoredView } from './view-item.js';
import type { AnyView } from './view-schema.js';
import { SealedViews } from './sealed-view.js';
import { ViewUnit } from './view-unit.js';

interface Sales {
  sold: number;
  tags?: string[];
}
const sales = defineView<Sales>({ name: 'sales', projection: 'p', keyedBy: 'key' });
const ranked = defineView<Sales, 'bySold'>({
  name: 'ranked',
  projection: 'p',
  keyedBy: 'key',
  indexes: { bySold: { partition: () => 'all', sort: ({ sold }) => String(sold).padStart(9, '0') } },
});
const orders = defineView<Sales>({ name: 'orders', projection: 'p', keyedBy: 'stream' });

/** A unit over items that are there already, and the keys that it reads. */
function unitOver(stored: Record<string, Sales> = {}) {
  const reads: string[] = [];
  const views = new Map<string, AnyView>([sales, ranked, orders].map((view) => [view.name, view]));
  const step = { projection: 'p', generation: 1, stream: { aggregate: 'order', id: 'o-1' }, from: 1, to: 2 };
  const load = (view: AnyView, itemKey: string): Promise<StoredView | undefined> => {
    const key = itemKey.split('#').at(-1)!;
    reads.push(key);
    const value = stored[key];
    const rest = { version: undefined, revision: 3, aggregate: undefined };
    return Promise.resolve(value && { key, text: encodeView(view, key, value), ...rest });
  };
  return { unit: new ViewUnit(views, step, load, new SealedViews(undefined)), reads };
}

const changes = async (unit: ViewUnit) =>
  (await unit.finish()).map(({ key, read, change }) => [key, read !== undefined, change]);
const put = (value: Sales) => ({ kind: 'put', text: encodeView(sales, 'k', value) });

describe('a unit of work', () => {
  it('shows a step its own changes, and reads an item once', async () => {
    const { unit, reads } = unitOver({ lamp: { sold: 1 } });
    const view = unit.of(sales);
    expect(await view.get('lamp')).toEqual({ sold: 1 });
    await view.update('lamp', (current) => ({ sold: current!.sold + 1 }));
    expect(await view.get('lamp')).toEqual({ sold: 2 });
    view.delete('lamp');
    expect(await view.get('lamp')).toBeUndefined();
    await view.update('lamp', (current) => ({ sold: current === undefined ? 10 : 0 }));
    expect(await view.get('lamp')).toEqual({ sold: 10 });
    expect(await view.get('chair')).toBeUndefined();
    expect(reads).toEqual(['lamp', 'chair']);
    expect(await changes(unit)).toEqual([
      ['lamp', true, put({ sold: 10 })],
      ['chair', true, undefined],
    ]);
  });

  it('is changed by nothing that callers do to values they put or got', async () => {
    const { unit } = unitOver({ lamp: { sold: 1, tags: ['a'] } });
    const view = unit.of(sales);
    const given: Sales = { sold: 5, tags: ['x'] };
    view.put('chair', given);
    given.tags!.push('y');
    const got = (await view.get('chair'))!;
    got.sold = 99;
    (await view.get('lamp'))!.tags!.push('b');
    expect(await view.get('chair')).toEqual({ sold: 5, tags: ['x'] });
    expect(await view.get('lamp')).toEqual({ sold: 1, tags: ['a'] });
  });

  it('does not read what it puts or deletes', async () => {
    const { unit, reads } = unitOver({ lamp: { sold: 1 } });
    unit.of(sales).put('lamp', { sold: 2 });
    unit.of(sales).delete('chair');
    expect(await unit.of(sales).get('lamp')).toEqual({ sold: 2 });
    expect(reads).toEqual([]);
    expect(await changes(unit)).toEqual([
      ['lamp', false, put({ sold: 2 })],
      ['chair', false, { kind: 'delete' }],
    ]);
  });

  it('leaves out what changes nothing, but remembers that it was read', async () => {
    const { unit } = unitOver({ lamp: { sold: 1 } });
    await unit.of(sales).update('lamp', (current) => current);
    await unit.of(sales).update('chair', (current) => current);
    expect(await changes(unit)).toEqual([
      ['lamp', true, undefined],
      ['chair', true, undefined],
    ]);
  });

  it('runs updates of one item that are started together one after the other', async () => {
    const { unit } = unitOver({ lamp: { sold: 1 } });
    const add = (current: Sales | undefined) => ({ sold: (current?.sold ?? 0) + 1 });
    await Promise.all([1, 2, 3].map(() => unit.of(sales).update('lamp', add)));
    expect(await unit.of(sales).get('lamp')).toEqual({ sold: 4 });
  });

  it('sees no item of a view that the projection does not have', () => {
    const other = defineView<Sales>({ name: 'other', projection: 'p', keyedBy: 'key' });
    expect(() => unitOver().unit.of(other)).toThrow(InvalidArgumentError);
  });

  it('takes only the id of its stream as a key of a view that is keyed by stream', async () => {
    const view = unitOver().unit.of(orders);
    view.put('o-1', { sold: 1 });
    expect(() => {
      view.put('o-2', { sold: 1 });
    }).toThrow(InvalidArgumentError);
    expect(() => {
      view.delete('o-2');
    }).toThrow(InvalidArgumentError);
    await expect(view.get('o-2')).rejects.toThrow(InvalidArgumentError);
    await expect(view.update('o-2', () => undefined)).rejects.toThrow(InvalidArgumentError);
    expect(() => {
      view.increment('o-1', { sold: 1 }, { sold: 0 });
    }).toThrow(InvalidArgumentError);
  });

  it('refuses to end while a call is not awaited, and calls after its end', async () => {
    const { unit } = unitOver();
    const view = unit.of(sales);
    const forgotten = view.update('lamp', () => ({ sold: 1 }));
    await expect(unit.finish()).rejects.toThrow('not awaited');
    await forgotten;
    await unit.finish();
    expect(() => {
      view.put('lamp', { sold: 1 });
    }).toThrow(InvalidArgumentError);
  });
});

describe('an increment', () => {
  it('adds up without reading', async () => {
    const { unit, reads } = unitOver({ lamp: { sold: 1 } });
    unit.of(sales).increment('lamp', { sold: 2 }, { sold: 0 });
    unit.of(sales).increment('lamp', { sold: 3 }, { sold: 100 });
    expect(await changes(unit)).toEqual([
      ['lamp', false, { kind: 'increment', by: { sold: 5 }, initial: encodeView(sales, 'lamp', { sold: 0 }) }],
    ]);
    expect(reads).toEqual([]);
  });

  it('is part of what is read, put and deleted in the same step', async () => {
    const { unit } = unitOver({ lamp: { sold: 1 } });
    const view = unit.of(sales);
    view.increment('lamp', { sold: 2 }, { sold: 0 });
    expect(await view.get('lamp')).toEqual({ sold: 3 });
    view.increment('lamp', { sold: 1 }, { sold: 0 });
    expect(await view.get('lamp')).toEqual({ sold: 4 });
    view.increment('chair', { sold: 2 }, { sold: 10 });
    expect(await view.get('chair')).toEqual({ sold: 12 });
    view.put('desk', { sold: 5 });
    view.increment('desk', { sold: 1 }, { sold: 0 });
    view.delete('lamp');
    view.increment('lamp', { sold: 7 }, { sold: 20 });
    expect(await changes(unit)).toEqual([
      ['lamp', true, put({ sold: 27 })],
      ['chair', true, put({ sold: 12 })],
      ['desk', false, put({ sold: 6 })],
    ]);
  });

  it('reads the item when its place in an index may depend on it', async () => {
    const { unit, reads } = unitOver({ lamp: { sold: 1 } });
    unit.of(ranked).increment('lamp', { sold: 2 }, { sold: 0 });
    expect(reads).toEqual([]);
    expect(await changes(unit)).toEqual([['lamp', true, put({ sold: 3 })]]);
  });

  it.each([0.5, Number.NaN, Infinity, 2 ** 53])('refuses %d, which would not add up exactly', (sold) => {
    expect(() => {
      unitOver().unit.of(sales).increment('lamp', { sold }, { sold: 0 });
    }).toThrow(InvalidArgumentError);
  });
});
