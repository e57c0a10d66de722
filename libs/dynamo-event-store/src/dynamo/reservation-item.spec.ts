import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { commit, stream } from '../../../../test/support/hand-made-log.js';
import { reservationChangesOf, type ReservationChange } from '../store/reservation.js';
import { fromCommitItems, toCommitItems } from './commit-item.js';
import { decodeChanges, encodeChanges, holderOfItem, planReservation, reservationKey } from './reservation-item.js';
import { parsePartitionKey, partitionKeyOf } from './table-schema.js';

const EMAIL = { scope: 'customer-email', value: 'ada@example.org' };
const [reservation] = reservationChangesOf(stream, { reserve: [EMAIL] }) as [ReservationChange];
const scopes = fc.string({ minLength: 1, maxLength: 30, unit: fc.constantFrom('a', '#', '%', ':', '+', 'é', '\n') });

describe('the item of a reservation', () => {
  it('has holder, commit and time, under the digest of the value, on the condition that nobody else holds it', () => {
    const reserving = { ...commit(1, 1), reservations: [reservation] };
    const { Put } = planReservation('events', reserving, reservation);
    expect(Put).toEqual({
      TableName: 'events',
      Item: {
        pk: { S: '##unique#customer-email#QDJztD0AhgeYCjWOPKJ8u1fNjBkVh7h5sc8nOSi75z0' },
        sk: { S: 'u#' },
        holder: { S: '#order#o-1' },
        commit: { S: 'c-1' },
        at: { N: '1000' },
      },
      ConditionExpression: 'attribute_not_exists(pk) OR #holder = :holder',
      ExpressionAttributeNames: { '#holder': 'holder' },
      ExpressionAttributeValues: { ':holder': { S: '#order#o-1' } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    expect(holderOfItem(Put!.Item!)).toEqual(stream);
    expect(() => holderOfItem({ holder: { S: 'nobody' } })).toThrow('names no stream');
  });

  it('is deleted on the same condition', () => {
    const { Delete } = planReservation('events', commit(1, 1), { ...reservation, change: 'release' });
    expect(Delete).toMatchObject({
      Key: reservationKey(undefined, reservation),
      ConditionExpression: 'attribute_not_exists(pk) OR #holder = :holder',
      ExpressionAttributeValues: { ':holder': { S: '#order#o-1' } },
    });
  });

  it('has a key that is of no stream, begins with the tenant, and is different for every tenant and scope', () => {
    const names = fc.record({ tenant: fc.option(scopes, { nil: undefined }), scope: scopes });
    fc.assert(
      fc.property(names, names, (one, other) => {
        const [a, b] = [one, other].map(({ tenant, scope }) => reservationKey(tenant, { ...reservation, scope }));
        const key = a!['pk']!.S!;
        expect(parsePartitionKey(key)).toBeUndefined();
        const ofStream = partitionKeyOf({ aggregate: 'a', id: 'b', ...(one.tenant && { tenant: one.tenant }) });
        expect(key.startsWith(ofStream.slice(0, ofStream.indexOf('#') + 1))).toBe(true);
        expect(key === b!['pk']!.S).toBe(one.tenant === other.tenant && one.scope === other.scope);
      }),
    );
  });
});

describe('what a commit reserves and releases', () => {
  it('is kept in its item, and reads back', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ scope: scopes, value: scopes, reserves: fc.boolean() })), (values) => {
        const changes = values.map(({ scope, value, reserves }): ReservationChange => {
          const [change] = reservationChangesOf(stream, { [reserves ? 'reserve' : 'release']: [{ scope, value }] })!;
          return change!;
        });
        expect(decodeChanges(encodeChanges(changes))).toEqual(changes);
        const stored = { ...commit(3, 1), reservations: changes };
        expect(fromCommitItems(stream, toCommitItems(stored, 4)[0])).toEqual(stored);
      }),
    );
  });

  it('takes no space in a commit without any', () => {
    const [item] = toCommitItems(commit(3, 1), 4);
    expect(item['unique']).toBeUndefined();
    expect(fromCommitItems(stream, item)).not.toHaveProperty('reservations');
  });

  it.each([{ S: '+x' }, { L: [{ S: 'x' }] }, { L: [{ S: `+${'a'.repeat(42)}:scope` }] }, { L: [{ N: '1' }] }])(
    'and cannot be read, as %j, is damage of the stream',
    (unique) => {
      const item = { ...toCommitItems(commit(3, 1), 4)[0], unique };
      expect(() => fromCommitItems(stream, item)).toThrow(expect.objectContaining({ code: 'STREAM_CORRUPTED' }));
    },
  );
});
