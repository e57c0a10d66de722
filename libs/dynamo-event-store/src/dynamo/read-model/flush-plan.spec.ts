import { describe, expect, it } from '@jest/globals';
import { ReadModelTransactionTooLargeError, ViewTooLargeError } from '../../errors/read-model-errors.js';
import { defineView } from '../../projection/view.js';
import { planOwnItem, planWithProgress } from './flush-plan.js';
import { encodeView } from './view-item.js';
import { viewItemKey, type AnyView } from './view-schema.js';
import type { TouchedView, ViewChange } from './view-unit.js';

interface Value {
  readonly group?: string;
  readonly text?: string;
}
const own = defineView<Value>({ name: 'own', keyedBy: 'stream' });
const shared = defineView<Value, 'byGroup'>({
  name: 'shared',
  keyedBy: 'key',
  indexes: { byGroup: { partition: ({ group }) => group } },
});
const stream = { aggregate: 'order', id: 'o-1', tenant: 'acme' };
const step = (from: number, to: number) => ({ projection: 'own', generation: 1, stream, from, to });
const put = (value: Value): ViewChange => ({ kind: 'put', text: encodeView(own, 'k', value) });
const touched = (view: AnyView, key: string, rest: Pick<TouchedView, 'read' | 'change'>): TouchedView => ({
  view,
  key,
  itemKey: viewItemKey(view, 1, 'acme', key),
  ...rest,
});
const stored = (revision: number) => ({
  item: { key: 'k', text: '{}', version: undefined, revision, aggregate: undefined },
});

describe('a step of a projection with one view, keyed by stream', () => {
  const change = put({ text: 'x' });

  it('is one put of value and version, that expects no item at first', () => {
    expect(planOwnItem('t', own, step(0, 2), touched(own, 'o-1', { change }))).toMatchObject({
      kind: 'put',
      input: {
        Item: { pk: { S: 'acme#v#own@1#o-1' }, a: { S: 'order' }, v: { N: '2' }, s: { S: '{"text":"x"}' } },
        ConditionExpression: 'attribute_not_exists(#pk)',
      },
    });
  });

  it('expects the version it starts from later', () => {
    expect(planOwnItem('t', own, step(2, 3), touched(own, 'o-1', { change }))).toMatchObject({
      kind: 'put',
      input: {
        ConditionExpression: '#v = :from AND #a = :aggregate',
        ExpressionAttributeNames: { '#v': 'v', '#a': 'a' },
        ExpressionAttributeValues: { ':from': { N: '2' }, ':aggregate': { S: 'order' } },
      },
    });
  });

  it('leaves a marker with the version when the value is deleted, or there never was one', () => {
    const marker = { pk: { S: 'acme#v#own@1#o-1' }, a: { S: 'order' }, v: { N: '3' } };
    const deleted = planOwnItem('t', own, step(2, 3), touched(own, 'o-1', { change: { kind: 'delete' } }));
    expect(deleted.kind === 'put' && deleted.input.Item).toEqual(marker);
    const nothing = planOwnItem('t', own, step(0, 3), undefined);
    expect(nothing.kind === 'put' && nothing.input.Item).toEqual(marker);
  });

  it('moves the version alone when nothing is changed', () => {
    expect(planOwnItem('t', own, step(2, 3), undefined)).toMatchObject({
      kind: 'update',
      input: {
        UpdateExpression: 'SET #v = :to',
        ExpressionAttributeValues: { ':from': { N: '2' }, ':to': { N: '3' } },
      },
    });
  });

  it('is refused above 400 KB', () => {
    const plan = () =>
      planOwnItem('t', own, step(0, 1), touched(own, 'o-1', { change: put({ text: 'x'.repeat(409_600) }) }));
    expect(plan).toThrow(ViewTooLargeError);
    expect(plan).toThrow(expect.objectContaining({ view: 'own', key: 'o-1', limit: 409_600, retryable: false }));
  });
});

describe('a step of another projection', () => {
  it('is one conditional put of the progress when it changes nothing, and read one item at most', () => {
    const expected = { kind: 'put', input: { Item: { pk: { S: 'acme#p#own@1#order#o-1' }, v: { N: '2' } } } };
    expect(planWithProgress('t', step(1, 2), [], 9)).toMatchObject(expected);
    expect(planWithProgress('t', step(1, 2), [touched(shared, 'a', { read: stored(1) })], 9)).toMatchObject(expected);
    expect(planWithProgress('t', step(1, 2), [touched(own, 'o-1', { read: stored(1) })], 9)).toMatchObject({
      input: { ConditionExpression: '#v = :from', ExpressionAttributeValues: { ':from': { N: '1' } } },
    });
  });

  it('is one transaction of the progress, all changes, and checks of what was only read', () => {
    const plan = planWithProgress(
      't',
      step(0, 2),
      [
        touched(shared, 'put', { read: stored(4), change: put({ group: 'g' }) }),
        touched(shared, 'new', { read: { item: undefined }, change: put({}) }),
        touched(shared, 'blind', { change: put({}) }),
        touched(shared, 'gone', { read: stored(5), change: { kind: 'delete' } }),
        touched(shared, 'read', { read: stored(6) }),
        touched(own, 'o-1', { read: stored(7) }),
        touched(own, 'o-2', { change: put({}) }),
      ],
      9,
    );
    if (plan.kind !== 'transaction') throw new Error(`It is a ${plan.kind}.`);
    const [progress, ...rest] = plan.actions;
    expect(progress).toMatchObject({
      Put: { Item: { v: { N: '2' } }, ConditionExpression: 'attribute_not_exists(#pk)' },
    });
    expect(rest).toMatchObject([
      {
        Put: {
          Item: { r: { N: '9' }, i1p: { S: 'acme#shared@1#g' } },
          ConditionExpression: '#r = :read',
          ExpressionAttributeValues: { ':read': { N: '4' } },
        },
      },
      { Put: { ConditionExpression: 'attribute_not_exists(#pk)' } },
      { Put: { ConditionExpression: undefined } },
      { Delete: { ConditionExpression: '#r = :read', ExpressionAttributeValues: { ':read': { N: '5' } } } },
      { ConditionCheck: { ConditionExpression: '#r = :read', ExpressionAttributeValues: { ':read': { N: '6' } } } },
      { Put: { Item: { v: { N: '2' }, a: { S: 'order' } }, ConditionExpression: expect.stringContaining(' OR ') } },
    ]);
    expect(plan.touched.map(({ key }) => key)).toEqual(['put', 'new', 'blind', 'gone', 'read', 'o-2']);
  });

  it('adds without a condition, and moves the revision', () => {
    const change: ViewChange = { kind: 'increment', by: { n: 2, m: -1 }, initial: '{}' };
    const plan = planWithProgress('t', step(0, 2), [touched(shared, 'k', { change })], 9);
    expect(plan).toMatchObject({
      actions: [
        {},
        {
          Update: {
            UpdateExpression:
              'SET #s = if_not_exists(#s, :initial), #r = if_not_exists(#r, :seed) + :one ADD #c0 :c0, #c1 :c1',
            ExpressionAttributeNames: { '#c0': '+n', '#c1': '+m' },
            ExpressionAttributeValues: { ':c0': { N: '2' }, ':c1': { N: '-1' }, ':seed': { N: '9' } },
          },
        },
      ],
    });
    expect(plan.kind === 'transaction' && plan.actions[1]!.Update).not.toHaveProperty('ConditionExpression');
  });

  const many = (count: number, value: Value) =>
    Array.from({ length: count }, (_, index) => touched(shared, `k-${index}`, { change: put(value) }));

  it('takes 99 items besides the progress, and refuses more', () => {
    expect(planWithProgress('t', step(0, 1), many(99, {}), 9)).toMatchObject({ kind: 'transaction' });
    const plan = () => planWithProgress('t', step(0, 1), many(100, {}), 9);
    expect(plan).toThrow(ReadModelTransactionTooLargeError);
    expect(plan).toThrow(expect.objectContaining({ projection: 'own', stream, actions: 101, retryable: false }));
  });

  it('refuses more than 4 MB, and an item or an initial value above 400 KB', () => {
    const plan = () => planWithProgress('t', step(0, 1), many(11, { text: 'x'.repeat(390_000) }), 9);
    expect(plan).toThrow(ReadModelTransactionTooLargeError);
    expect(plan).toThrow(
      expect.objectContaining({ actions: 12, limit: { actions: 100, bytes: 4 * 1024 * 1024 - 512 } }),
    );
    expect(() => planWithProgress('t', step(0, 1), many(1, { text: 'x'.repeat(409_600) }), 9)).toThrow(
      ViewTooLargeError,
    );
    const initial = JSON.stringify({ text: 'x'.repeat(409_600) });
    const change: ViewChange = { kind: 'increment', by: { n: 1 }, initial };
    expect(() => planWithProgress('t', step(0, 1), [touched(shared, 'k', { change })], 9)).toThrow(ViewTooLargeError);
  });
});
