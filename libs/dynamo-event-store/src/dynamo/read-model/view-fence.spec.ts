import { describe, expect, it } from '@jest/globals';
import {
  buyers,
  doing,
  ledger,
  order,
  orderLog,
  readModels,
  sales,
  selling,
  simulatedViews,
  stepOf,
  VIEWS_TABLE,
} from '../../../../../test/support/read-models.js';
import { InvalidArgumentError } from '../../errors/argument-errors.js';
import { InvalidDefinitionError } from '../../errors/invalid-definition-error.js';
import { ReadModelContendedError } from '../../errors/read-model-errors.js';
import { StoreUnavailableError } from '../../errors/request-errors.js';
import { defineView, type ViewWriter } from '../../projection/view.js';
import { injectFaults, type Fault, type FaultRequest } from '../../testing/faults/index.js';

const nothing = () => Promise.resolve();

/** Applies the versions of a step to the ledger. */
const note =
  (...versions: number[]) =>
  (views: ViewWriter) =>
    views.of(ledger).update('o-1', (current) => ({ applied: [...(current?.applied ?? []), ...versions] }));

function setUp(fault?: (request: FaultRequest, index: number) => Fault | undefined) {
  const database = simulatedViews();
  const faulty = injectFaults(database.client, { seed: 1, ...(fault === undefined ? {} : { plan: fault }) });
  const store = readModels({ client: faulty.client });
  return {
    database,
    store,
    observer: readModels({ client: database.client }),
    /** Operations since the last call. */
    sent: (() => {
      let seen = 0;
      return () => {
        const operations = faulty.log.slice(seen).map(({ operation }) => operation);
        seen = faulty.log.length;
        return operations;
      };
    })(),
    items: () => database.items(VIEWS_TABLE),
  };
}

describe('the fence of one view that is keyed by stream', () => {
  const step = (from: number, to: number) => stepOf('ledger', order('o-1'), from, to);

  it('stores value and progress together, in one request when it knows the value', async () => {
    const { store, sent } = setUp();
    const fence = store.fence([ledger]);
    expect(await fence.applied(step(0, 0))).toBe(0);
    sent();
    expect(await fence.advance(step(0, 2), note(1, 2))).toBe(true);
    expect(await fence.advance(step(2, 3), note(3))).toBe(true);
    expect(sent()).toEqual(['PutItem', 'PutItem']);
    expect(await store.view(ledger).find('o-1')).toEqual({ key: 'o-1', value: { applied: [1, 2, 3] }, version: 3 });
    expect(await fence.applied(step(0, 0))).toBe(3);
  });

  it('refuses a step from elsewhere, and changes nothing', async () => {
    const { store } = setUp();
    const fence = store.fence([ledger]);
    await fence.advance(step(0, 2), note(1, 2));
    for (const [from, to] of [
      [0, 2],
      [1, 3],
      [3, 4],
    ] as const)
      expect(await fence.advance(step(from, to), note(99))).toBe(false);
    expect(await store.view(ledger).find('o-1')).toMatchObject({ value: { applied: [1, 2] }, version: 2 });
  });

  it('never builds on a value that another process has replaced', async () => {
    const { store, observer } = setUp();
    await store.fence([ledger]).advance(step(0, 1), note(1));
    await observer.fence([ledger]).advance(step(1, 2), note(2));
    expect(await store.fence([ledger]).advance(step(2, 3), note(3))).toBe(true);
    expect(await store.view(ledger).get('o-1')).toEqual({ applied: [1, 2, 3] });
  });

  it('does not take a value that it once knew for the one that it has left as it was', async () => {
    const { store, observer } = setUp();
    await store.fence([ledger]).advance(step(0, 1), note(1));
    await observer.fence([ledger]).advance(step(1, 2), note(2));
    await store.fence([ledger]).advance(step(2, 3), nothing);
    await store.fence([ledger]).advance(step(3, 4), note(4));
    expect(await store.view(ledger).get('o-1')).toEqual({ applied: [1, 2, 4] });
  });

  it('forgets what it knew of an item once a step was refused, such as one that was built anew elsewhere', async () => {
    const { store, observer } = setUp();
    await store.fence([ledger]).advance(step(0, 1), note(1));
    await observer.removeGeneration([ledger], 1);
    await observer.fence([ledger]).advance(step(0, 1), note(100));
    expect(await store.fence([ledger]).advance(step(0, 1), note(1))).toBe(false);
    expect(await store.fence([ledger]).advance(step(1, 2), note(2))).toBe(true);
    expect(await store.view(ledger).get('o-1')).toEqual({ applied: [100, 2] });
  });

  it('records the progress when nothing is changed, and keeps the value, known or not', async () => {
    const { store, observer, sent } = setUp();
    await store.fence([ledger]).advance(step(0, 1), nothing);
    expect(await store.view(ledger).find('o-1')).toBeUndefined();
    await store.fence([ledger]).advance(step(1, 2), note(2));
    await store.fence([ledger]).advance(step(2, 3), nothing);
    await observer.fence([ledger]).advance(step(3, 4), nothing);
    expect(await store.view(ledger).find('o-1')).toMatchObject({ value: { applied: [2] }, version: 4 });
    sent();
    await store.fence([ledger]).advance(step(4, 5), note(5));
    expect(sent()).toEqual(['GetItem', 'PutItem']);
    await store.fence([ledger]).advance(step(5, 6), nothing);
    await store.fence([ledger]).advance(step(6, 7), note(7));
    expect(sent()).toEqual(['UpdateItem', 'PutItem']);
    expect(await store.view(ledger).find('o-1')).toMatchObject({ value: { applied: [2, 5, 7] }, version: 7 });
  });

  it('keeps the progress of an item that is deleted, and begins a new one after it', async () => {
    const { store } = setUp();
    const fence = store.fence([ledger]);
    await fence.advance(step(0, 1), note(1));
    await fence.advance(
      step(1, 2),
      doing((views) => {
        views.of(ledger).delete('o-1');
      }),
    );
    expect(await store.view(ledger).get('o-1')).toBeUndefined();
    expect(await fence.applied(step(0, 0))).toBe(2);
    await fence.advance(step(2, 3), note(3));
    expect(await store.view(ledger).find('o-1')).toMatchObject({ value: { applied: [3] }, version: 3 });
  });

  it('throws what the step throws, unchanged, and stores nothing', async () => {
    const { store } = setUp();
    const fence = store.fence([ledger]);
    await fence.advance(step(0, 1), note(1));
    const failure = new Error('boom');
    await expect(
      fence.advance(step(1, 2), async (views) => {
        await note(2)(views);
        throw failure;
      }),
    ).rejects.toBe(failure);
    expect(await store.view(ledger).find('o-1')).toMatchObject({ value: { applied: [1] }, version: 1 });
  });

  it('does not blame an event for failing on a state that is past it', async () => {
    const { store } = setUp();
    const fence = store.fence([ledger]);
    await fence.advance(step(0, 2), note(1, 2));
    expect(await fence.advance(step(0, 1), () => Promise.reject(new Error('exists already')))).toBe(false);
  });

  it('tells the error of the step when the progress cannot even be read', async () => {
    const { store } = setUp(({ operation }) => (operation === 'GetItem' ? 'dropRequest' : undefined));
    const failure = new Error('boom');
    await expect(store.fence([ledger]).advance(step(0, 1), () => Promise.reject(failure))).rejects.toBe(failure);
  });

  it.each([
    ['dropResponse', StoreUnavailableError],
    ['resend', undefined],
  ] as const)('applies a step once when its answer is lost (%s)', async (fault, error) => {
    const { store } = setUp((_, index) => (index === 1 ? fault : undefined));
    const fence = store.fence([ledger]);
    await fence.advance(step(0, 1), note(1));
    const outcome = fence.advance(step(1, 2), note(2));
    if (error === undefined) expect(await outcome).toBe(false);
    else await expect(outcome).rejects.toThrow(error);
    expect(await fence.applied(step(0, 0))).toBe(2);
    expect(await fence.advance(step(2, 3), note(3))).toBe(true);
    expect(await store.view(ledger).get('o-1')).toEqual({ applied: [1, 2, 3] });
  });

  it('tells two aggregates with one id that they share an item', async () => {
    const { store } = setUp();
    const fence = store.fence([ledger]);
    await fence.advance(step(0, 3), note(1));
    const payment = stepOf('ledger', { aggregate: 'payment', id: 'o-1' }, 0, 1);
    expect(await fence.applied(payment)).toBe(0);
    const failure = await fence.advance(payment, note(1)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidDefinitionError);
    expect((failure as Error).message).toContain('payment/o-1 and order/o-1');
    await expect(fence.advance({ ...payment, from: 3, to: 4 }, nothing)).rejects.toThrow(InvalidDefinitionError);
    expect(await store.view(ledger).find('o-1')).toMatchObject({ version: 3 });
  });

  it('keeps tenants and builds apart', async () => {
    const { store } = setUp();
    const fence = store.fence([ledger]);
    await fence.advance(stepOf('ledger', order('o-1', 'acme'), 0, 1), note(1));
    await fence.advance(stepOf('ledger', order('o-1'), 0, 2, 2), note(2));
    expect(await fence.applied(step(0, 0))).toBe(0);
    expect(await store.view(ledger).get('o-1')).toBeUndefined();
    expect(await store.view(ledger).get('o-1', { tenant: 'acme' })).toEqual({ applied: [1] });
  });
});

describe('the fence of several views, or of one with keys of its own', () => {
  const step = (from: number, to: number, id = 'o-1') => stepOf('selling', order(id), from, to);
  const lamp = { product: 'lamp', quantity: 0, orders: 0 };
  const buy = (id: string) => (views: ViewWriter) =>
    views.of(buyers).update('ada', (current) => ({ orders: [...(current?.orders ?? []), id] }));

  it('stores all changes with the progress, or none', async () => {
    const { store, sent, items } = setUp();
    const fence = store.fence(selling);
    const work = async (views: ViewWriter) => {
      views.of(sales).increment('lamp', { quantity: 2, orders: 1 }, lamp);
      await views.of(orderLog).update('o-1', (current) => ({ applied: [...(current?.applied ?? []), 1] }));
      await buy('o-1')(views);
    };
    expect(await fence.advance(step(0, 2), work)).toBe(true);
    expect(sent()).toEqual(['GetItem', 'TransactWriteItems']);
    const before = items();
    expect(await fence.advance(step(0, 2), work)).toBe(false);
    expect(await fence.advance(step(1, 3), work)).toBe(false);
    expect(items()).toEqual(before);
    expect(await fence.applied(step(0, 0))).toBe(2);
    expect(await store.view(sales).find('lamp')).toEqual({
      key: 'lamp',
      value: { product: 'lamp', quantity: 2, orders: 1 },
      version: undefined,
    });
    expect(await store.view(orderLog).find('o-1')).toMatchObject({ version: 2 });
  });

  it('costs twice the units of the items that it changes or only read, and two for the progress', async () => {
    const { database, store } = setUp();
    const large = 'x'.repeat(2_500);
    const cost = async (from: number, work: (views: ViewWriter) => Promise<void>) => {
      const { writeUnits: before } = database.consumed;
      await store.fence(selling).advance(step(from, from + 1), work);
      return database.consumed.writeUnits - before;
    };
    const put = doing((views) => {
      views.of(sales).put('lamp', { ...lamp, product: large });
    });
    expect(await cost(0, put)).toBe(2 + 2 * 3);
    const add = doing((views) => {
      views.of(sales).increment('lamp', { orders: 1 }, lamp);
    });
    expect(await cost(1, add)).toBe(2 + 2 * 3);
    const look = async (views: ViewWriter) => {
      await views.of(sales).get('lamp');
      views.of(orderLog).put('o-1', { applied: [] });
    };
    expect(await cost(2, look)).toBe(2 + 2 * 3 + 2);
    expect(await cost(3, nothing)).toBe(1);
  });

  it('needs one plain request when nothing is changed', async () => {
    const { store, sent } = setUp();
    await store.fence(selling).advance(step(0, 2), nothing);
    await store.fence(selling).advance(step(2, 3), nothing);
    expect(sent()).toEqual(['PutItem', 'PutItem']);
  });

  it('runs a step again when another stream has changed an item in between', async () => {
    const { store, observer } = setUp();
    let runs = 0;
    const work = async (views: ViewWriter) => {
      const current = await views.of(buyers).get('ada');
      if (runs++ === 0) await observer.fence(selling).advance(step(0, 1, 'o-2'), buy('o-2'));
      views.of(buyers).put('ada', { orders: [...(current?.orders ?? []), 'o-1'] });
    };
    expect(await store.fence(selling).advance(step(0, 1), work)).toBe(true);
    expect(runs).toBe(2);
    expect(await store.view(buyers).get('ada')).toEqual({ orders: ['o-2', 'o-1'] });
  });

  it.each(['increment', 'blind put', 'delete and anew'])('notices an %s in between', async (kind) => {
    const { store, observer } = setUp();
    const others = observer.fence(selling);
    await others.advance(
      step(0, 1, 'o-2'),
      doing((views) => {
        views.of(sales).increment('lamp', { orders: 1 }, lamp);
      }),
    );
    let runs = 0;
    await store.fence(selling).advance(step(0, 1), async (views) => {
      const current = await views.of(sales).get('lamp');
      if (runs++ === 0)
        await others.advance(
          step(1, 2, 'o-2'),
          doing((other) => {
            if (kind === 'increment') other.of(sales).increment('lamp', { orders: 10 }, lamp);
            else if (kind === 'blind put') other.of(sales).put('lamp', { ...lamp, orders: 11 });
            else other.of(sales).delete('lamp');
          }),
        );
      if (kind === 'delete and anew' && runs === 1)
        await others.advance(
          step(2, 3, 'o-2'),
          doing((other) => {
            other.of(sales).increment('lamp', { orders: 11 }, lamp);
          }),
        );
      views.of(sales).put('lamp', { ...lamp, orders: current!.orders + 100 });
    });
    expect(runs).toBe(2);
    expect(await store.view(sales).get('lamp')).toMatchObject({ orders: 111 });
  });

  it('has the effect of steps that run one after the other, also where each reads what the other changes', async () => {
    const { store, observer } = setUp();
    let runs = 0;
    // Each adds one to its item for what it finds in the other's: of two steps, the later one finds something.
    await store.fence(selling).advance(step(0, 1), async (views) => {
      const seen = (await views.of(sales).get('b'))?.orders ?? 0;
      if (runs++ === 0)
        await observer.fence(selling).advance(step(0, 1, 'o-2'), async (other) => {
          const found = (await other.of(sales).get('a'))?.orders ?? 0;
          other.of(sales).put('b', { product: 'b', quantity: 0, orders: 1 + found });
        });
      views.of(sales).put('a', { product: 'a', quantity: 0, orders: 1 + seen });
    });
    const [a, b] = await Promise.all(['a', 'b'].map((key) => store.view(sales).get(key)));
    expect([a!.orders, b!.orders]).toEqual([2, 1]);
  });

  it('lets streams add to one item without waiting for each other', async () => {
    const { store, sent } = setUp();
    const fence = store.fence(selling);
    const add = doing((views) => {
      views.of(sales).increment('lamp', { quantity: 1 }, lamp);
    });
    await Promise.all(Array.from({ length: 20 }, (_, index) => fence.advance(step(0, 1, `o-${index}`), add)));
    expect(sent()).toEqual(Array(20).fill('TransactWriteItems'));
    expect(await store.view(sales).get('lamp')).toMatchObject({ quantity: 20 });
  });

  it('adds once when the answer is lost', async () => {
    const { store } = setUp((_, index) => (index === 0 ? 'resend' : undefined));
    const fence = store.fence(selling);
    await fence.advance(
      step(0, 1),
      doing((views) => {
        views.of(sales).increment('lamp', { quantity: 5 }, lamp);
      }),
    );
    expect(await store.view(sales).get('lamp')).toMatchObject({ quantity: 5 });
  });

  it('gives up, for now, when others are faster twenty times', async () => {
    const { store, observer } = setUp();
    let runs = 0;
    const attempt = store.fence(selling).advance(step(0, 1), async (views) => {
      await buy('o-1')(views);
      await observer.fence(selling).advance(step(runs, ++runs, 'o-2'), buy('o-2'));
    });
    const error = await attempt.catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(ReadModelContendedError);
    expect(error).toMatchObject({ projection: 'selling', attempts: 20, retryable: true });
    expect(runs).toBe(20);
    expect((await store.view(buyers).get('ada'))!.orders).toEqual(Array(20).fill('o-2'));
  });

  it('waits out transactions that hold an item', async () => {
    const { store } = setUp((_, index) => (index < 3 ? 'transactionConflict' : undefined));
    expect(await store.fence(selling).advance(step(0, 1), buy('o-1'))).toBe(true);
    expect(await store.view(buyers).get('ada')).toEqual({ orders: ['o-1'] });
  });

  it('does not blame an event for failing when the progress is past it', async () => {
    const { store } = setUp();
    await store.fence(selling).advance(step(0, 2), buy('o-1'));
    expect(await store.fence(selling).advance(step(0, 1), () => Promise.reject(new Error('exists')))).toBe(false);
  });

  it('tells two aggregates with one id that they share an item, whether they read it or not', async () => {
    const { store } = setUp();
    const fence = store.fence(selling);
    const put = doing((views) => {
      views.of(orderLog).put('o-1', { applied: [] });
    });
    await fence.advance(step(0, 1), put);
    const payment = stepOf('selling', { aggregate: 'payment', id: 'o-1' }, 0, 1);
    await expect(fence.advance(payment, put)).rejects.toThrow(InvalidDefinitionError);
    await fence.advance(payment, nothing);
    const read = async (views: ViewWriter) => {
      await views.of(orderLog).get('o-1');
    };
    await expect(fence.advance({ ...payment, from: 1, to: 2 }, read)).rejects.toThrow(InvalidDefinitionError);
    expect(await store.view(orderLog).find('o-1')).toMatchObject({ version: 1 });
  });

  it('tells when an item was kept by the projection while it had other views', async () => {
    const { store } = setUp();
    const alone = defineView<{ applied: number[] }>({ name: 'order-log', projection: 'selling', keyedBy: 'stream' });
    await store.fence([alone]).advance(
      step(0, 1),
      doing((views) => {
        views.of(alone).put('o-1', { applied: [1] });
      }),
    );
    const again = doing((views) => {
      views.of(orderLog).put('o-1', { applied: [] });
    });
    await expect(store.fence(selling).advance(step(0, 1), again)).rejects.toThrow('raise its version');
  });
});

describe('a fence', () => {
  it('is for the views of one projection, each once', () => {
    const { store } = setUp();
    for (const views of [[], [sales, ledger], [sales, sales]])
      expect(() => store.fence(views)).toThrow(InvalidArgumentError);
  });

  it('can do without a cache', async () => {
    const { database } = setUp();
    const store = readModels({ client: database.client, cacheSize: 0 });
    const fence = store.fence([ledger]);
    await fence.advance(stepOf('ledger', order('o-1'), 0, 1), note(1));
    await fence.advance(stepOf('ledger', order('o-1'), 1, 2), note(2));
    expect(await store.view(ledger).get('o-1')).toEqual({ applied: [1, 2] });
    expect(() => readModels({ client: database.client, cacheSize: 0.5 })).toThrow(InvalidArgumentError);
  });
});
