import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { defineView, On, Projection, type RecordedEvent, type ViewWriter } from 'nestjs-dynamo-event-store';
import { eventually } from '../../../../test/support/eventually.js';
import { cart, ReadSideWorld, type Process } from '../../../../test/support/read-sides.js';
import { CartNoted, ItemAdded } from '../../../../test/support/shop.js';
import { gate } from '../../../../test/support/subscriptions.js';

let world: ReadSideWorld;
beforeEach(() => {
  world = new ReadSideWorld();
});
afterEach(() => world.stop());

interface Total {
  readonly quantity: number;
  readonly made: string;
}
const totals = defineView<Total>({ name: 'totals', keyedBy: 'stream' });

type Hook = (event: RecordedEvent) => void | Promise<void>;

/** A projection whose items tell which version of the code has made them. */
function totalsProjection(version: number, hook: Hook = () => undefined, options: { batch?: number } = {}): object {
  @Projection({ name: 'totals', version, views: [totals], attempts: 1, ...options })
  class Totals {
    @On(ItemAdded)
    async added({ quantity }: ItemAdded, event: RecordedEvent, views: ViewWriter): Promise<void> {
      await hook(event);
      await views.of(totals).update(event.stream.id, (total) => ({
        quantity: (total?.quantity ?? 0) + quantity,
        made: `v${version}`,
      }));
    }
  }
  return new Totals();
}

async function fill(count: number): Promise<Process> {
  const process = await world.process([], { feed: undefined });
  for (let number = 0; number < count; number++)
    await process.store.append(cart(`c-${number}`), [new ItemAdded('tea', 1), new CartNoted('x')], {
      expected: 'none',
    });
  return process;
}

function built(process: Process, generation: number) {
  return eventually(`build ${generation} is served`, async () => {
    const { active } = await process.projections.status('totals');
    return active.generation === generation && active.build === undefined;
  });
}

function served(process: Process, id = 'c-0') {
  return process.readSide.readModels.view(totals).get(id);
}

describe('a raised version', () => {
  it('is built beside the old one, which is served until the switch', async () => {
    await fill(5);
    const old = await world.start([totalsProjection(1)]);
    await built(old, 1);
    const { passed, open } = gate();
    const renewed = await world.start([totalsProjection(2, () => passed)]);
    await eventually(
      'the new build runs',
      async () => (await renewed.projections.status('totals')).next?.build?.state === 'running',
    );
    expect(await served(renewed)).toEqual({ quantity: 1, made: 'v1' });
    // The old code goes on with the old build.
    const head = await old.store.append(cart('c-0'), [new ItemAdded('tea', 10)], { expected: 2 });
    await old.projections.waitFor('totals', head);
    expect(await served(old)).toEqual({ quantity: 11, made: 'v1' });
    open();
    await built(renewed, 2);
    await old.readSide.stop();
    await renewed.projections.waitFor('totals', head);
    expect(await served(renewed)).toEqual({ quantity: 11, made: 'v2' });
    expect(await renewed.projections.status('totals')).toMatchObject({
      codeVersion: 2,
      active: { version: 2 },
      next: undefined,
    });
    await eventually('the old instance serves the new build', async () => (await served(old))?.made === 'v2');
    expect(await old.projections.status('totals')).toMatchObject({ codeVersion: 1, active: { version: 2 } });
  });

  it('is not undone, nor built again, by code of an older version', async () => {
    await fill(1);
    const renewed = await world.start([totalsProjection(2)]);
    await built(renewed, 1);
    const old = await world.start([totalsProjection(1)]);
    const head = await old.store.append(cart('c-0'), [new ItemAdded('tea', 1)], { expected: 2 });
    await old.readSide.stop();
    await renewed.projections.waitFor('totals', head);
    expect(await served(renewed)).toEqual({ quantity: 2, made: 'v2' });
    await expect(old.projections.rebuild('totals')).rejects.toMatchObject({ code: 'SUBSCRIPTION_STATE' });
    expect((await old.projections.status('totals')).next).toBeUndefined();
  });

  it('under construction is not replaced by a rebuild that older code asks for', async () => {
    await fill(1);
    const old = await world.start([totalsProjection(1)]);
    await built(old, 1);
    const { passed, open } = gate();
    const renewed = await world.start([totalsProjection(2, () => passed)]);
    await expect(old.projections.rebuild('totals')).rejects.toMatchObject({
      code: 'SUBSCRIPTION_STATE',
      reason: 'the code is at version 1, its read model at 2.',
    });
    open();
    await built(renewed, 2);
  });
});

describe('a rebuild', () => {
  it('takes the place of the old build once it holds everything, commands meanwhile included', async () => {
    await fill(20);
    const { passed, open } = gate();
    let rebuilding = false;
    const process = await world.start([totalsProjection(1, () => (rebuilding ? passed : undefined))]);
    await built(process, 1);
    rebuilding = true;
    await process.projections.rebuild('totals');
    await eventually(
      'it runs',
      async () => (await process.projections.status('totals')).next?.build?.state === 'running',
    );
    const appends = Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        process.store.append(cart(`c-${number}`), [new ItemAdded('tea', 5)], { expected: 2 }),
      ),
    );
    const fresh = process.store.append(cart('new'), [new ItemAdded('tea', 7)], { expected: 'none' });
    const heads = [...(await appends), await fresh];
    rebuilding = false;
    open();
    await built(process, 2);
    for (const head of heads) await process.projections.waitFor('totals', head);
    for (let number = 0; number < 20; number++)
      expect(await served(process, `c-${number}`)).toEqual({ quantity: 6, made: 'v1' });
    expect(await served(process, 'new')).toEqual({ quantity: 7, made: 'v1' });
    expect(process.problems).toEqual([]);
  });

  it('tells its progress and what it will cost', async () => {
    const process = await fill(10);
    await process.readSide.stop();
    const { passed, open } = gate();
    let hold = false;
    const running = await world.start([totalsProjection(1, () => (hold ? passed : undefined))], { segments: 2 });
    await built(running, 1);
    hold = true;
    await running.projections.rebuild('totals');
    await eventually(
      'it runs',
      async () => (await running.projections.status('totals')).next?.build?.state === 'running',
    );
    const { next } = await running.projections.status('totals');
    expect(next).toMatchObject({
      generation: 2,
      version: 1,
      build: { reason: 'rebuild', state: 'running', percent: 0 },
    });
    expect(await running.projections.estimateRebuild()).toMatchObject({
      items: expect.any(Number),
      readUnits: expect.any(Number),
      readPrice: expect.any(Number),
    });
    hold = false;
    open();
    await built(running, 2);
  });

  it('can be paused and goes on where it was, in all instances', async () => {
    const { store } = await fill(1);
    // Several pages of 1 MB.
    for (let number = 0; number < 10; number++)
      await store.append(cart(`large-${number}`), [new ItemAdded(randomBytes(150_000).toString('hex'), 1)], {
        expected: 'none',
      });
    const seen: string[] = [];
    const control = await world.process([totalsProjection(1)], { feed: undefined });
    const building = await world.process(
      [
        totalsProjection(1, async ({ stream: { id } }) => {
          seen.push(id);
          if (seen.length === 12) await control.projections.pauseRebuild('totals');
          await delay(20);
        }),
      ],
      { feed: undefined, segments: 1 },
    );
    building.readSide.start();
    await building.projections.runBuilds();
    await control.projections.rebuild('totals');
    await building.projections.runBuilds();
    const paused = (await control.projections.status('totals')).next?.build;
    expect(paused).toMatchObject({ state: 'paused' });
    expect(paused?.items).toBeGreaterThan(0);
    expect(paused?.percent).toBeLessThan(100);
    await building.projections.runBuilds();
    expect((await control.projections.status('totals')).next?.build?.items).toBe(paused?.items);
    await control.projections.resumeRebuild('totals');
    await building.projections.runBuilds();
    expect((await control.projections.status('totals')).active).toMatchObject({ generation: 2, build: undefined });
    // No stream twice: once for each build.
    expect(seen).toHaveLength(22);
    expect(await served(building)).toEqual({ quantity: 1, made: 'v1' });
  });

  it('that is switched to meanwhile is what is waited for', async () => {
    await fill(1);
    const { passed, open } = gate();
    let hold = false;
    const process = await world.start([totalsProjection(1, () => (hold ? passed : undefined))]);
    await built(process, 1);
    hold = true;
    await process.projections.rebuild('totals');
    await eventually(
      'it runs',
      async () => (await process.projections.status('totals')).next?.build?.state === 'running',
    );
    const waiting = process.projections.waitFor('totals', { stream: cart('c-0'), version: 3 });
    hold = false;
    open();
    await built(process, 2);
    await process.store.append(cart('c-0'), [new ItemAdded('tea', 1)], { expected: 2 });
    await waiting;
    expect(await served(process)).toEqual({ quantity: 2, made: 'v1' });
  });

  it('can be given up, and leaves the old build as it is', async () => {
    await fill(3);
    const { passed, open } = gate();
    let hold = false;
    const process = await world.start([totalsProjection(1, () => (hold ? passed : undefined))]);
    await built(process, 1);
    hold = true;
    await process.projections.rebuild('totals');
    expect(await process.projections.cancelRebuild('totals')).toBe(true);
    hold = false;
    open();
    expect(await process.projections.cancelRebuild('totals')).toBe(false);
    const head = await process.store.append(cart('c-0'), [new ItemAdded('tea', 1)], { expected: 2 });
    await process.projections.waitFor('totals', head);
    expect(await process.projections.status('totals')).toMatchObject({ active: { generation: 1 }, next: undefined });
    await process.projections.rebuild('totals');
    await built(process, 3);
    expect(await served(process)).toEqual({ quantity: 2, made: 'v1' });
  });

  it('that another one replaces while it runs starts over', async () => {
    await fill(3);
    const { passed, open } = gate();
    let hold = false;
    const process = await world.start([totalsProjection(1, () => (hold ? passed : undefined))]);
    await built(process, 1);
    hold = true;
    await process.projections.rebuild('totals');
    await process.projections.rebuild('totals');
    hold = false;
    open();
    await built(process, 3);
    expect(await served(process)).toEqual({ quantity: 1, made: 'v1' });
  });

  it('goes on in another instance where the one that crashed was', async () => {
    await fill(30);
    const first = await world.start([totalsProjection(1)]);
    await built(first, 1);
    await first.readSide.stop();
    const seen: string[] = [];
    let crashed = false;
    const hook = (name: string) => (event: RecordedEvent) => {
      if (crashed && name === 'a') return new Promise<void>(() => undefined);
      seen.push(`${name} ${event.stream.id}`);
      return undefined;
    };
    const a = await world.start([totalsProjection(1, hook('a'))], { segments: 8 });
    crashed = true;
    await a.projections.rebuild('totals');
    await eventually('it runs', async () => (await a.projections.status('totals')).next?.build?.state === 'running');
    const b = await world.start([totalsProjection(1, hook('b'))], { segments: 2 });
    // What has crashed renews no lease.
    const { client } = a.store as unknown as { client: { send: unknown } };
    client.send = () => new Promise(() => undefined);
    await built(b, 2);
    expect(new Set(seen)).toEqual(new Set(Array.from({ length: 30 }, (_, number) => `b c-${number}`)));
    // Nor does it stop.
    (a.readSide as unknown as { stop: () => Promise<void> }).stop = () => Promise.resolve();
  });

  it('with a poison event is not served by itself, but on request', async () => {
    await fill(3);
    let poison = false;
    const process = await world.start([
      totalsProjection(1, ({ stream: { id } }) => {
        if (poison && id === 'c-1') throw new Error('poison');
      }),
    ]);
    await built(process, 1);
    await expect(process.projections.switchOver('totals')).rejects.toMatchObject({ code: 'SUBSCRIPTION_STATE' });
    poison = true;
    await process.projections.rebuild('totals');
    await eventually('its scan is over', async () => {
      const { next } = await process.projections.status('totals');
      return next !== undefined && next.build === undefined;
    });
    expect(await process.projections.status('totals')).toMatchObject({
      active: { generation: 1, parked: 0 },
      next: { parked: 1 },
    });
    expect(await served(process, 'c-1')).toEqual({ quantity: 1, made: 'v1' });
    await process.projections.switchOver('totals');
    await built(process, 2);
    expect(await served(process, 'c-1')).toBeUndefined();
    poison = false;
    expect(await process.projections.resumeStream('totals', cart('c-1'))).toBe(true);
    expect(await served(process, 'c-1')).toEqual({ quantity: 1, made: 'v1' });
  });

  it('cannot be switched to before its scan is over', async () => {
    await fill(3);
    const { passed, open } = gate();
    let hold = false;
    const process = await world.start([totalsProjection(1, () => (hold ? passed : undefined))]);
    await built(process, 1);
    hold = true;
    await process.projections.rebuild('totals');
    await expect(process.projections.switchOver('totals')).rejects.toMatchObject({
      reason: 'the new build is not complete yet; see `status`.',
    });
    hold = false;
    open();
    await built(process, 2);
  });

  it('leaves old builds until they are removed, once', async () => {
    await fill(4);
    const process = await world.start([totalsProjection(1)]);
    await built(process, 1);
    await process.projections.rebuild('totals');
    await built(process, 2);
    expect(await process.projections.removeOldBuilds('totals')).toBe(4);
    const requests: string[] = [];
    const { client } = process.store as unknown as { client: { send: (command: object) => Promise<unknown> } };
    const send = client.send.bind(client);
    client.send = (command) => {
      const { TableName: table } = (command as { input: { TableName?: string } }).input;
      if (table === 'events-views') requests.push(command.constructor.name);
      return send(command);
    };
    expect(await process.projections.removeOldBuilds('totals')).toBe(0);
    expect(requests).toEqual([]);
    expect(await served(process)).toEqual({ quantity: 1, made: 'v1' });
  });

  it('that was given up is removed with the old builds', async () => {
    await fill(3);
    let poison = false;
    const process = await world.process(
      [
        totalsProjection(1, ({ stream: { id } }) => {
          if (poison && id === 'c-1') throw new Error('poison');
        }),
      ],
      { feed: undefined },
    );
    process.readSide.start();
    await process.projections.runBuilds();
    poison = true;
    await process.projections.rebuild('totals');
    await process.projections.runBuilds();
    expect(await process.projections.removeOldBuilds('totals')).toBe(0);
    await process.projections.cancelRebuild('totals');
    expect(await process.projections.removeOldBuilds('totals')).toBe(2);
    expect(await served(process)).toEqual({ quantity: 1, made: 'v1' });
  });

  it('goes on after the database was down for a while', async () => {
    await fill(3);
    let down = true;
    const process = await world.start([
      totalsProjection(1, () => {
        if (down) throw Object.assign(new Error('down'), { retryable: true });
      }),
    ]);
    await eventually('the failure is reported', () =>
      process.problems.some(({ what }) => what.includes('The build of totals@1 failed')),
    );
    down = false;
    await built(process, 1);
    expect(await process.projections.parkedStreams('totals')).toEqual([]);
    expect(await served(process)).toEqual({ quantity: 1, made: 'v1' });
  });
});

describe('a search for what was missed', () => {
  it('finds it, and applies nothing twice', async () => {
    await fill(3);
    const process = await world.start([totalsProjection(1)]);
    await built(process, 1);
    await process.projections.searchMissed('totals');
    await built(process, 1);
    expect(await served(process)).toEqual({ quantity: 1, made: 'v1' });
  });

  it('is ordered when a source has lost commits', async () => {
    const process = await fill(2);
    const projecting = await world.process([totalsProjection(1)], { feed: undefined });
    projecting.readSide.start();
    await projecting.projections.runBuilds();
    await process.store.append(cart('late'), [new ItemAdded('tea', 3)], { expected: 'none' });
    const [consumer] = await projecting.readSide.consumers();
    await consumer?.missed('trimmed');
    expect((await projecting.projections.status('totals')).active.build?.reason).toBe('trimmed');
    await projecting.projections.runBuilds();
    expect(await served(projecting, 'late')).toEqual({ quantity: 3, made: 'v1' });
  });
});

describe('builds without a feed', () => {
  it('wait until they are run, and then run to their end', async () => {
    await fill(3);
    const process = await world.process([totalsProjection(1)], { feed: undefined });
    process.readSide.start();
    await process.projections.rebuild('totals');
    await delay(50);
    expect(await process.projections.status('totals')).toMatchObject({
      active: { build: { state: 'waiting' } },
      next: { build: { state: 'waiting' } },
    });
    await process.projections.runBuilds();
    expect(await process.projections.status('totals')).toMatchObject({ active: { generation: 2 }, next: undefined });
    expect(await served(process)).toEqual({ quantity: 1, made: 'v1' });
  });

  it('are left alone while they are paused, and when the signal is aborted', async () => {
    await fill(1);
    const process = await world.process([totalsProjection(1)], { feed: undefined });
    process.readSide.start();
    await process.projections.pauseRebuild('totals');
    await process.projections.runBuilds();
    await process.projections.resumeRebuild('totals');
    await process.projections.runBuilds(AbortSignal.abort());
    expect((await process.projections.status('totals')).active.build?.state).toBe('waiting');
  });

  it('end early when another process gives them up', async () => {
    await fill(30);
    const process = await world.process([totalsProjection(1)], { feed: undefined });
    process.readSide.start();
    await process.projections.runBuilds();
    const other = await world.process([totalsProjection(1)], { feed: undefined });
    let handled = 0;
    const building = await world.process(
      [
        totalsProjection(1, async () => {
          handled++;
          if (handled === 1) await other.projections.cancelRebuild('totals');
          await delay(20);
        }),
      ],
      { feed: undefined, segments: 1 },
    );
    await other.projections.rebuild('totals');
    await building.projections.runBuilds();
    expect(await building.projections.status('totals')).toMatchObject({ active: { generation: 1 }, next: undefined });
  });

  it('fail loudly', async () => {
    await fill(1);
    const down = Object.assign(new Error('down'), { retryable: true });
    const process = await world.process(
      [
        totalsProjection(1, () => {
          throw down;
        }),
      ],
      { feed: undefined },
    );
    process.readSide.start();
    await expect(process.projections.runBuilds()).rejects.toBe(down);
  });
});
