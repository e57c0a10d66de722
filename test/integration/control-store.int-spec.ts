import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CreateTableCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { controlTableDefinition } from '../../libs/dynamo-event-store/src/dynamo/control-schema.js';
import { DynamoControlStore } from '../../libs/dynamo-event-store/src/dynamo/dynamo-control-store.js';
import { DynamoRequests } from '../../libs/dynamo-event-store/src/dynamo/dynamo-requests.js';
import { updateRecord } from '../../libs/dynamo-event-store/src/feed/control-store.js';
import { jitteredBackoff } from '../../libs/dynamo-event-store/src/store/backoff.js';
import { uniqueTableName } from '../support/dynamodb.js';
import { recordingClient } from '../support/recording-client.js';

const tableName = uniqueTableName('control');
const wire = recordingClient();
const control = new DynamoControlStore(new DynamoRequests(() => wire.client, jitteredBackoff), () => tableName);
const idsOf = (records: readonly { readonly id: string }[]): string[] => records.map(({ id }) => id);

beforeAll(async () => {
  await wire.client.send(new CreateTableCommand(controlTableDefinition(tableName)));
  await waitUntilTableExists({ client: wire.client, minDelay: 1, maxWaitTime: 20 }, { TableName: tableName });
});
afterAll(() => {
  wire.client.destroy();
});

describe('the control store on DynamoDB', () => {
  it('stores and deletes only at the revision that is there, with one request each', async () => {
    wire.reset();
    expect(await control.put('conditions', 'a', { n: 1 }, 1)).toBe(false);
    expect(await control.put('conditions', 'a', { n: 1 }, 0)).toBe(true);
    expect(await control.put('conditions', 'a', { n: 2 }, 0)).toBe(false);
    expect(await control.put('conditions', 'a', { n: 2 }, 1, 9)).toBe(true);
    expect(await control.delete('conditions', 'a', 1)).toBe(false);
    expect(await control.get('conditions', 'a')).toEqual({ id: 'a', value: { n: 2 }, revision: 9 });
    expect(await control.delete('conditions', 'a', 9)).toBe(true);
    expect(await control.get('conditions', 'a')).toBeUndefined();
    expect(wire.operations()).toEqual([
      ...new Array<string>(4).fill('PutItem'),
      'DeleteItem',
      'GetItem',
      'DeleteItem',
      'GetItem',
    ]);
  });

  it('reads consistently', async () => {
    wire.reset();
    await control.get('conditions', 'a');
    await control.list('conditions');
    expect(wire.requests.map(({ input }) => input['ConsistentRead'])).toEqual([true, true]);
  });

  it('lists within bounds that count themselves, by the bytes of the ids', async () => {
    for (const id of ['b', 'd', 'a', 'é', 'c', '😀', 'ba']) await control.put('ranges', id, id, 0);
    await control.put('ranges-2', 'x', 'x', 0);
    expect(idsOf(await control.list('ranges'))).toEqual(['a', 'b', 'ba', 'c', 'd', 'é', '😀']);
    expect(idsOf(await control.list('ranges', { from: 'b', to: 'c' }))).toEqual(['b', 'ba', 'c']);
    expect(idsOf(await control.list('ranges', { from: 'bb' }))).toEqual(['c', 'd', 'é', '😀']);
    expect(idsOf(await control.list('ranges', { to: 'b' }))).toEqual(['a', 'b']);
    expect(idsOf(await control.list('ranges', { from: 'b', limit: 2 }))).toEqual(['b', 'ba']);
  });

  it('lists more than 1 MB page by page, and no more pages than it is asked for', async () => {
    const value = 'x'.repeat(300_000);
    const ids = Array.from({ length: 10 }, (_, index) => `id-${index}`);
    for (const id of ids) await control.put('pages', id, value, 0);
    wire.reset();
    expect(idsOf(await control.list('pages'))).toEqual(ids);
    expect(wire.requests.length).toBeGreaterThan(2);
    wire.reset();
    expect(idsOf(await control.list('pages', { limit: 5 }))).toEqual(ids.slice(0, 5));
    expect(wire.requests.length).toBe(2);
  });

  it('lets exactly one of 20 writers win each round', async () => {
    for (let round = 0; round < 15; round++) {
      const wins = await Promise.all(
        Array.from({ length: 20 }, (_, writer) => control.put('race', 'a', { writer, round }, round)),
      );
      const winners = wins.flatMap((won, writer) => (won ? [writer] : []));
      expect(winners).toHaveLength(1);
      expect(await control.get('race', 'a')).toMatchObject({
        value: { writer: winners[0], round },
        revision: round + 1,
      });
    }
  });

  it('loses no change of 20 that are made at the same time', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, writer) =>
        updateRecord<number[]>(control, 'updates', 'a', (current = []) => [...current, writer]),
      ),
    );
    const record = await control.get<number[]>('updates', 'a');
    expect(record).toMatchObject({ revision: 20 });
    expect(record!.value.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, writer) => writer));
  });
});
