import { describe, expect, it } from '@jest/globals';
import { simulatedControl } from '../../../../test/support/simulated-control.js';
import { updateRecord } from '../feed/control-store.js';
import { DynamoControlStore } from './dynamo-control-store.js';
import { DynamoRequests } from './dynamo-requests.js';

const idsOf = (records: readonly { readonly id: string }[]): string[] => records.map(({ id }) => id);

describe('DynamoControlStore', () => {
  it('keeps any JSON value, with the revision of its last change', async () => {
    const { control } = simulatedControl();
    expect(await control.get('progress', 'a')).toBeUndefined();
    for (const [index, value] of [{ at: [1, null, { '': '😀' }] }, 'text', 0, null, [], true].entries()) {
      expect(await control.put('progress', 'a', value, index)).toBe(true);
      expect(await control.get('progress', 'a')).toEqual({ id: 'a', value, revision: index + 1 });
    }
  });

  it('stores only at the revision that is there; 0 stands for none', async () => {
    const { control } = simulatedControl();
    expect(await control.put('p', 'a', 1, 1)).toBe(false);
    expect(await control.put('p', 'a', 1, 0)).toBe(true);
    expect(await control.put('p', 'a', 2, 0)).toBe(false);
    expect(await control.put('p', 'a', 2, 2)).toBe(false);
    expect(await control.put('p', 'a', 2, 1)).toBe(true);
    expect(await control.put('p', 'a', 3, 1)).toBe(false);
    expect(await control.get('p', 'a')).toEqual({ id: 'a', value: 2, revision: 2 });
  });

  it('takes a revision of the caller’s choice', async () => {
    const { control } = simulatedControl();
    await control.put('p', 'a', 'x', 0, 17);
    expect(await control.get('p', 'a')).toMatchObject({ revision: 17 });
    expect(await control.put('p', 'a', 'y', 17)).toBe(true);
    expect(await control.get('p', 'a')).toMatchObject({ revision: 18 });
  });

  it('deletes only at the revision that is there, and says by whom it is gone', async () => {
    const { control } = simulatedControl();
    await control.put('p', 'a', 1, 0);
    expect(await control.delete('p', 'a', 2)).toBe(false);
    expect(await control.get('p', 'a')).toBeDefined();
    expect(await control.delete('p', 'a', 1)).toBe(true);
    expect(await control.delete('p', 'a', 1)).toBe(false);
    expect(await control.get('p', 'a')).toBeUndefined();
    expect(await control.put('p', 'a', 1, 0)).toBe(true);
  });

  it('lists a partition by id, within bounds that count themselves, and no other partition', async () => {
    const { control } = simulatedControl();
    for (const id of ['b', 'd', 'a', 'é', 'c', '😀']) await control.put('p', id, id, 0);
    await control.put('p2', 'x', 'x', 0);
    await control.put('', 'x', 'x', 0).catch(() => undefined);
    expect(idsOf(await control.list('p'))).toEqual(['a', 'b', 'c', 'd', 'é', '😀']);
    expect(idsOf(await control.list('p', { from: 'b', to: 'c' }))).toEqual(['b', 'c']);
    expect(idsOf(await control.list('p', { from: 'bb' }))).toEqual(['c', 'd', 'é', '😀']);
    expect(idsOf(await control.list('p', { to: 'b' }))).toEqual(['a', 'b']);
    expect(idsOf(await control.list('p', { limit: 2 }))).toEqual(['a', 'b']);
    expect(idsOf(await control.list('p', { from: 'c', limit: 1 }))).toEqual(['c']);
    expect(await control.list('nothing')).toEqual([]);
    expect((await control.list('p', { to: 'a' }))[0]).toEqual({ id: 'a', value: 'a', revision: 1 });
  });

  it('follows a list over several pages, and stops at its limit', async () => {
    const { control, database } = simulatedControl();
    const value = 'x'.repeat(250_000);
    const ids = Array.from({ length: 12 }, (_, index) => `id-${String(index).padStart(2, '0')}`);
    for (const id of ids) await control.put('p', id, value, 0);
    expect(idsOf(await control.list('p'))).toEqual(ids);
    expect(database.consumed.requests['Query']).toBeGreaterThan(2);
    expect(idsOf(await control.list('p', { limit: 7 }))).toEqual(ids.slice(0, 7));
  });

  it('says which table is not there', async () => {
    const { database } = simulatedControl();
    const control = new DynamoControlStore(
      new DynamoRequests(
        () => database.client,
        () => Promise.resolve(),
      ),
      () => 'nowhere',
    );
    for (const call of [
      control.get('p', 'a'),
      control.list('p'),
      control.put('p', 'a', 1, 0),
      control.delete('p', 'a', 1),
    ])
      await expect(call).rejects.toMatchObject({ code: 'TABLE_NOT_FOUND', table: 'nowhere' });
  });
});

describe('updateRecord', () => {
  it('changes what is there, makes what is not, and leaves what is not to change', async () => {
    const { control } = simulatedControl();
    const add = () => updateRecord<number>(control, 'p', 'a', (current = 0) => current + 1);
    expect([await add(), await add()]).toEqual([1, 2]);
    expect(await updateRecord<number>(control, 'p', 'a', () => undefined)).toBe(2);
    expect(await updateRecord<number>(control, 'p', 'b', () => undefined)).toBeUndefined();
    expect(await control.get('p', 'a')).toMatchObject({ revision: 2 });
    expect(await control.get('p', 'b')).toBeUndefined();
  });

  it('changes again what another has changed in between', async () => {
    const { control, another } = simulatedControl();
    const other = another();
    let rivals = 3;
    const seen: (number | undefined)[] = [];
    const last = await updateRecord<number>(
      {
        get: async (partition, id) => {
          const record = await control.get<never>(partition, id);
          if (rivals-- > 0) await updateRecord<number>(other, 'p', 'a', (current = 0) => current + 10);
          return record;
        },
        put: (...given) => control.put(...given),
        list: (...given) => control.list(...given),
        delete: (...given) => control.delete(...given),
      },
      'p',
      'a',
      (current) => {
        seen.push(current);
        return (current ?? 0) + 1;
      },
    );
    expect([last, seen]).toEqual([31, [undefined, 10, 20, 30]]);
  });
});
