import { mergeEvents, reduceEvents, type EventStore, type JsonEvent } from 'nestjs-dynamo-event-store';

type Movement = JsonEvent<{ amount: number }> & { type: 'deposited' | 'withdrawn' };

export async function withoutClasses(store: EventStore): Promise<{ balance: number; types: readonly string[] }> {
  const stream = { aggregate: 'account', id: 'a-1' };
  const movements: Movement[] = [
    { type: 'deposited', payload: { amount: 100 } },
    { type: 'withdrawn', payload: { amount: 30 } },
  ];
  await store.append(stream, movements, { expected: 'none' });

  const { state: balance } = await reduceEvents(
    store.read<{ amount: number }>(stream),
    (sum, { type, event }) => (type === 'deposited' ? sum + event.amount : sum - event.amount),
    0,
  );
  const { eventTypes: types } = await mergeEvents(store.read(stream));
  return { balance, types };
}
