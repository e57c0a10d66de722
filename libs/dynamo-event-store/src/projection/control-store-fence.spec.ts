import { describe, expect, it } from '@jest/globals';
import { controlTableDefinition } from '../dynamo/control-schema.js';
import { DynamoControlStore } from '../dynamo/dynamo-control-store.js';
import { DynamoRequests } from '../dynamo/dynamo-requests.js';
import { SimulatedDynamoDb } from '../testing/simulation/index.js';
import { ControlStoreFence } from './control-store-fence.js';

function fenceOver() {
  const database = new SimulatedDynamoDb();
  database.createTable('control', controlTableDefinition('control'));
  const requests = new DynamoRequests(
    () => database.client,
    () => Promise.resolve(),
  );
  const store = new DynamoControlStore(requests, () => 'control');
  return new ControlStoreFence({ store, context: { replay: false } });
}

const step = (from: number, to: number, id = 'o-1', generation = 1, projection = 'mails') => ({
  projection,
  generation,
  stream: { aggregate: 'order', id },
  from,
  to,
});

describe('ControlStoreFence', () => {
  it('stores the progress after the effect, which gets the context', async () => {
    const fence = fenceOver();
    const seen: unknown[] = [];
    const effect = async (context: unknown) => {
      seen.push(context, await fence.applied(step(0, 0)));
    };
    expect(await fence.advance(step(0, 3), effect)).toBe(true);
    expect(await fence.advance(step(3, 7), effect)).toBe(true);
    expect(seen).toEqual([{ replay: false }, 0, { replay: false }, 3]);
    expect(await fence.applied(step(0, 0))).toBe(7);
  });

  it('leaves the progress where it is when the effect fails, and throws what it threw', async () => {
    const fence = fenceOver();
    const failure = new Error('boom');
    await expect(fence.advance(step(0, 1), () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await fence.applied(step(0, 0))).toBe(0);
  });

  it('tells a step from elsewhere, and does not move the progress back', async () => {
    const fence = fenceOver();
    const nothing = () => Promise.resolve();
    await fence.advance(step(0, 3), nothing);
    for (const [from, to] of [
      [0, 1],
      [2, 4],
      [4, 5],
    ] as const)
      expect(await fence.advance(step(from, to), nothing)).toBe(false);
    expect(await fence.applied(step(0, 0))).toBe(3);
  });

  it('keeps streams, builds and reactors apart', async () => {
    const fence = fenceOver();
    await fence.advance(step(0, 3), () => Promise.resolve());
    const others = [step(0, 0, 'o-2'), step(0, 0, 'o-1', 2), step(0, 0, 'o-1', 1, 'other')];
    expect(await Promise.all(others.map((other) => fence.applied(other)))).toEqual([0, 0, 0]);
  });
});
