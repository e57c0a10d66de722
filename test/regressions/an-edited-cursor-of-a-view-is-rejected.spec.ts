import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError, type ViewQuery } from 'nestjs-dynamo-event-store';
import { doing, order, orderSummary, readModels, simulatedViews, stepOf } from '../support/read-models.js';

const PLACED_AT = new Date('2026-01-02T00:00:00.000Z');

const byCustomer: ViewQuery<'byCustomer'> = { index: 'byCustomer', partition: 'ada', limit: 1 };
const withinTheDay: ViewQuery<'byCustomer'> = { ...byCustomer, from: '2026-01-02', to: '2026-01-03' };

async function viewOfTwo() {
  const store = readModels({ client: simulatedViews().client });
  for (const id of ['o-1', 'o-2'])
    await store.fence([orderSummary]).advance(
      stepOf('order-summary', order(id), 0, 1),
      doing((views) => {
        views.of(orderSummary).put(id, { customerId: 'ada', status: 'open', placedAt: PLACED_AT, applied: [1] });
      }),
    );
  return store.view(orderSummary);
}

describe('query()', () => {
  it.each([
    ['an empty sort value', byCustomer, { sort: '' }],
    ['an empty key', byCustomer, { key: '' }],
    ['half of a surrogate pair in the sort value', byCustomer, { sort: '\ud800' }],
    ['half of a surrogate pair in the key', byCustomer, { key: 'a\udfff' }],
    ['a sort value longer than DynamoDB takes', byCustomer, { sort: 'é'.repeat(513) }],
    ['a key longer than DynamoDB takes', byCustomer, { key: 'y'.repeat(2100) }],
    ['a key that is too long once it is escaped', byCustomer, { key: '#'.repeat(1000) }],
    ['a sort value before the lower bound', withinTheDay, { sort: '2026-01-01T23:59:59.999Z' }],
    ['a sort value behind the upper bound', withinTheDay, { sort: '2026-01-04' }],
    ['a sort value before the only bound', { ...byCustomer, from: '2026-01-02' }, { sort: '2026' }],
    ['a sort value behind the only bound', { ...byCustomer, to: '2026-01-03' }, { sort: '2026-01-03!' }],
  ])('rejects a cursor edited to %s', async (_what, query, edit) => {
    const view = await viewOfTwo();
    const { cursor } = await view.query(query);
    const [stamp, sort, key] = JSON.parse(Buffer.from(cursor!, 'base64url').toString()) as [string, string, string];
    const position = { sort, key, ...edit };
    const edited = Buffer.from(JSON.stringify([stamp, position.sort, position.key])).toString('base64url');
    const rejection = await view.query({ ...query, cursor: edited }).catch((error: unknown) => error);
    expect(rejection).toBeInstanceOf(InvalidArgumentError);
    expect(rejection).toMatchObject({ argument: 'cursor' });
    expect((await view.query({ ...query, cursor })).items).toHaveLength(1);
  });
});
