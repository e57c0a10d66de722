import { expect, it } from '@jest/globals';
import { DataSubject, DomainEvent, PersonalData } from 'nestjs-dynamo-event-store';
import { InMemoryEventStore } from 'nestjs-dynamo-event-store/testing';
import { linesOfExport } from '../../../../test/support/transferred-streams.js';
import { migrate, type ForeignEvent, type ForeignSource } from './index.js';

@DomainEvent({ name: 'registered' })
class Registered {
  @DataSubject() readonly person: string;
  @PersonalData({ fallback: 'erased' }) readonly name: string;
  constructor(person: string, name: string) {
    this.person = person;
    this.name = name;
  }
}

const EVENT: ForeignEvent = {
  store: 'customer',
  id: 'c-1',
  sequence: 1,
  type: 'registered',
  schema: undefined,
  recordedAt: new Date(0),
  payload: { person: 'ann', name: 'Ann Archer' },
  metadata: undefined,
};
const source = (): ForeignSource => ({
  name: 'elsewhere',
  table: 't',
  shares: [
    (async function* () {
      yield await Promise.resolve(EVENT);
    })(),
  ],
});
const stream = { aggregate: 'customer', id: 'c-1' };

it('personal data of another store is encrypted on its way here; a dry run makes no keys', async () => {
  const store = new InMemoryEventStore({ events: [Registered] });
  const dry = await migrate(source(), store, { dryRun: true });
  expect([dry.problems, await store.dataSubjects.isKnown('ann')]).toEqual([[], false]);
  await migrate(source(), store);
  const names = async () => {
    const found: unknown[] = [];
    for await (const { event } of store.read(stream)) found.push((event as Registered).name);
    return found;
  };
  expect(await names()).toEqual(['Ann Archer']);
  expect((await linesOfExport({ store })).join()).not.toContain('Archer');
  for (const dryRun of [true, false])
    expect(await migrate(source(), store, { dryRun })).toMatchObject({ present: 1, stored: 0 });
  await store.dataSubjects.forget('ann');
  expect(await names()).toEqual(['erased']);
});
