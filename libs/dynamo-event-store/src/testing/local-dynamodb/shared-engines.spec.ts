import { describe, expect, it } from '@jest/globals';
import type { Engine } from './engine.js';
import { SharedEngines } from './shared-engines.js';

/** An engine without a process behind it, whose end the test decides. */
class ScriptedEngine implements Engine {
  readonly name = 'dynalite';
  readonly endpoint = 'http://127.0.0.1:1';
  readonly ended: Promise<void>;
  stops = 0;
  end!: () => void;

  constructor() {
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  /** Settles when the test calls {@link end}. */
  stop(): Promise<void> {
    this.stops += 1;
    return this.ended;
  }
}

function scripted() {
  const started: ScriptedEngine[] = [];
  const start = (): Promise<Engine> => {
    const engine = new ScriptedEngine();
    started.push(engine);
    return Promise.resolve(engine);
  };
  return { started, start };
}

describe('SharedEngines', () => {
  it('starts one engine for all who ask for the same key, and another for another key', async () => {
    const engines = new SharedEngines();
    const { started, start } = scripted();

    const leases = await Promise.all([
      engines.acquire('a', start),
      engines.acquire('a', start),
      engines.acquire('b', start),
    ]);
    const later = await engines.acquire('a', start);

    expect(started).toHaveLength(2);
    expect([...leases, later].map(({ engine }) => engine)).toEqual([started[0], started[0], started[1], started[0]]);
  });

  it('stops an engine when its last holder gives it up, once', async () => {
    const engines = new SharedEngines();
    const { started, start } = scripted();
    const [first, second] = await Promise.all([engines.acquire('a', start), engines.acquire('a', start)]);

    await first.release();
    await first.release();
    expect(started[0]!.stops).toBe(0);

    started[0]!.end();
    await Promise.all([second.release(), second.release()]);
    expect(started[0]!.stops).toBe(1);
  });

  it('starts the next engine only after the one before has gone', async () => {
    const engines = new SharedEngines();
    const { started, start } = scripted();
    const first = await engines.acquire('a', start);
    const order: string[] = [];

    const stopped = first.release().then(() => order.push('first gone'));
    const next = engines.acquire('a', () => {
      order.push('next starts');
      return start();
    });
    started[0]!.end();
    await Promise.all([stopped, next]);

    expect(order).toEqual(['first gone', 'next starts']);
    expect((await next).engine).toBe(started[1]);
  });

  it('starts anew after an engine ended by itself', async () => {
    const engines = new SharedEngines();
    const { started, start } = scripted();
    const lost = await engines.acquire('a', start);
    started[0]!.end();
    await lost.engine.ended;

    expect((await engines.acquire('a', start)).engine).toBe(started[1]);
  });

  it('tells all who wait of a failed start, and tries again for the next', async () => {
    const engines = new SharedEngines();
    const { started, start } = scripted();
    const fail = (): Promise<Engine> => Promise.reject(new Error('no Java'));

    const waiting = await Promise.allSettled([engines.acquire('a', fail), engines.acquire('a', start)]);
    expect(waiting.map(({ status }) => status)).toEqual(['rejected', 'rejected']);

    expect((await engines.acquire('a', start)).engine).toBe(started[0]);
  });

  it('passes a failed stop on and still starts the next engine', async () => {
    const engines = new SharedEngines();
    const { started, start } = scripted();
    const stuck = new ScriptedEngine();
    stuck.stop = () => Promise.reject(new Error('stuck'));
    const lease = await engines.acquire('a', () => Promise.resolve(stuck));

    await expect(lease.release()).rejects.toThrow('stuck');

    expect((await engines.acquire('a', start)).engine).toBe(started[0]);
  });
});
