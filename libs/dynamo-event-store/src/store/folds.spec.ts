import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '../event/recorded-event.js';
import { backoffMs } from './backoff.js';
import { mergeEvents } from './merge-events.js';
import { reduceEvents } from './reduce-events.js';

async function* recorded(...payloads: unknown[]): AsyncGenerator<RecordedEvent<unknown>> {
  for (const [index, event] of payloads.entries()) {
    await Promise.resolve();
    yield { version: index + 1, type: `t-${index + 1}`, event } as RecordedEvent<unknown>;
  }
}

describe('reduceEvents', () => {
  it('folds in order and tells the last version', async () => {
    const types = await reduceEvents(recorded(1, 2, 3), (state: string[], { type }) => [...state, type], []);
    expect(types).toEqual({ state: ['t-1', 't-2', 't-3'], version: 3 });
  });

  it('of nothing is the initial state', async () => {
    const initial = {};
    const { state, version } = await reduceEvents(recorded(), () => ({}), initial);
    expect(state).toBe(initial);
    expect(version).toBe(0);
  });

  it('stops at the first reducer that throws', async () => {
    const seen: number[] = [];
    const fold = reduceEvents(
      recorded(1, 2, 3),
      (_: number, { version }) => {
        seen.push(version);
        if (version === 2) throw new Error('no');
        return 0;
      },
      0,
    );
    await expect(fold).rejects.toThrow('no');
    expect(seen).toEqual([1, 2]);
  });
});

describe('mergeEvents', () => {
  it('keeps the last value of each field, whatever its name, and every type', async () => {
    const view = await mergeEvents(
      recorded({ a: 1, b: 1 }, { b: undefined, c: null }, JSON.parse('{"__proto__":5,"constructor":6}')),
    );
    expect(Object.entries(view.fields)).toEqual([
      ['a', 1],
      ['b', undefined],
      ['c', null],
      ['__proto__', 5],
      ['constructor', 6],
    ]);
    expect(Object.getPrototypeOf(view.fields)).toBe(Object.prototype);
    expect(view).toMatchObject({ eventTypes: ['t-1', 't-2', 't-3'], version: 3 });
  });

  it('takes only the type of payloads that have no fields', async () => {
    const view = await mergeEvents(
      recorded(
        'text',
        5,
        null,
        undefined,
        [1],
        new Uint8Array([1, 2]),
        Buffer.from('x'),
        new Map([['a', 1]]),
        new Date(0),
      ),
    );
    expect(view.fields).toEqual({});
    expect(view.version).toBe(9);
    expect(view.eventTypes).toHaveLength(9);
  });
});

describe('backoffMs', () => {
  const [least, most] = [() => 0, () => 1];

  it('is a random share of a span that doubles each time, up to the ceiling', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8, 2000].map((attempt) => backoffMs(attempt, most))).toEqual([
      10, 20, 40, 80, 160, 320, 500, 500, 500,
    ]);
    expect([1, 7, 2000].map((attempt) => backoffMs(attempt, least))).toEqual([0, 0, 0]);
  });

  it('is never the same for all', () => {
    for (const attempt of [1, 4, 2000]) {
      const waits = Array.from({ length: 300 }, () => backoffMs(attempt));
      const span = backoffMs(attempt, most);
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...waits)).toBeLessThan(span);
      expect(Math.max(...waits)).toBeGreaterThan(span * 0.7);
      expect(Math.min(...waits)).toBeLessThan(span * 0.3);
    }
  });
});
