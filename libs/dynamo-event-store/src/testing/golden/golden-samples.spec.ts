import { AssertionError } from 'node:assert';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import { Aggregate } from '../../aggregate/aggregate.decorator.js';
import { AggregateRoot } from '../../aggregate/aggregate-root.js';
import { EventHandler } from '../../aggregate/event-handler.decorator.js';
import { DomainEvent } from '../../event/domain-event.decorator.js';
import type { EventSerializer } from '../../event/event-serializer.js';
import { defineUpcaster, Upcaster, type EventUpcaster } from '../../event/upcaster.js';
import { goldenSamples, recordGoldenSample, renewGoldenSamples, type GoldenSampleOptions } from './golden-samples.js';

class PriceV2 {
  constructor(readonly amount: string) {}
}

@DomainEvent({ name: 'order-placed' })
class OrderPlacedV1 {
  constructor(
    readonly customerId: string,
    readonly price: number,
    readonly placedAt: Date,
  ) {}
}

@DomainEvent({ name: 'order-placed', version: 2 })
class OrderPlacedV2 {
  @Type(() => PriceV2) readonly price: PriceV2;
  constructor(
    readonly customerId: string,
    price: PriceV2,
    readonly placedAt: Date,
  ) {
    this.price = price;
  }
}

@DomainEvent({ name: 'order-shipped' })
class OrderShipped {}

@Upcaster({ event: 'order-placed', from: 1 })
class PriceAsText implements EventUpcaster<{ price: number }> {
  upcast(payload: { price: number }): unknown {
    return { ...payload, price: { amount: payload.price.toFixed(2) } };
  }
}

@Aggregate({ name: 'order' })
class Order extends AggregateRoot {
  @EventHandler(OrderPlacedV2)
  protected onPlaced({ price }: OrderPlacedV2): void {
    if (!(price instanceof PriceV2)) throw new TypeError('a price is a price');
  }

  @EventHandler(OrderShipped)
  protected onShipped(): void {
    throw new Error('nothing was placed');
  }
}

const AT = new Date('2026-01-01T00:00:00Z');
let folder: string;
let before: GoldenSampleOptions;
let now: GoldenSampleOptions;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'golden-samples-'));
  before = { folder, events: [OrderPlacedV1] };
  now = { folder, events: [OrderPlacedV2], upcasters: [new PriceAsText()] };
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What each sample's check says; `ok` when it passes. */
async function outcomes(options: GoldenSampleOptions): Promise<Record<string, string>> {
  const entries = goldenSamples(options).map(async ({ name, check }) => {
    const outcome = await check().then(
      () => 'ok',
      (error: unknown) => {
        expect(error).toBeInstanceOf(AssertionError);
        return (error as Error).message.replaceAll(folder, '…');
      },
    );
    return [name, outcome] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));

describe('golden samples', () => {
  it('are written as they are stored, and read by the code that wrote them', async () => {
    const file = await recordGoldenSample(before, new OrderPlacedV1('c-1', 14, AT));
    expect(file).toBe(join(folder, 'order-placed', 'v1.json'));
    const event = {
      type: 'order-placed',
      version: 1,
      payload: { customerId: 'c-1', price: 14, placedAt: { $date: AT.toISOString() } },
    };
    expect(read('order-placed/v1.json')).toEqual({ stored: [event], expected: [event] });
    expect(await outcomes(before)).toEqual({ 'order-placed version 1': 'ok' });
  });

  it('are read by the code of now through its upcasters, once that is accepted', async () => {
    const file = await recordGoldenSample(before, new OrderPlacedV1('c-1', 14, AT));
    await recordGoldenSample(now, new OrderPlacedV2('c-2', new PriceV2('7.50'), AT));
    expect(await outcomes(now)).toEqual({
      'order-placed version 1':
        '…/order-placed/v1.json: order-placed version 1 is not read as expected:\n  - expected order-placed version 1, read order-placed version 2\nIf this is meant, run renewGoldenSamples.',
      'order-placed version 2': 'ok',
    });
    expect(await renewGoldenSamples(now)).toEqual([file]);
    expect(await renewGoldenSamples(now)).toEqual([]);
    expect(read('order-placed/v1.json')).toMatchObject({
      stored: [{ version: 1, payload: { price: 14 } }],
      expected: [{ version: 2, payload: { price: { amount: '14.00' } } }],
    });
    expect(await outcomes({ ...now, aggregates: [Order] })).toEqual({
      'order-placed version 1': 'ok',
      'order-placed version 2': 'ok',
    });
  });

  it('name the field that an upcaster makes otherwise than before', async () => {
    await recordGoldenSample(before, new OrderPlacedV1('c-1', 14, AT));
    await renewGoldenSamples(now);
    const rounding = defineUpcaster<{ placedAt: Date; price: number }>(
      { event: 'order-placed', from: 1 },
      (payload) => ({
        ...payload,
        price: { amount: payload.price.toFixed(0), currency: 'EUR' },
        placedAt: new Date(0),
      }),
    );
    const { 'order-placed version 1': outcome } = await outcomes({ ...now, upcasters: [rounding] });
    expect(outcome).toContain('price.amount: expected "14.00", read "14"\n');
    expect(outcome).toContain('price.currency: expected nothing, read "EUR"\n');
    expect(outcome).toContain('placedAt: expected "2026-01-01T00:00:00.000Z", read "1970-01-01T00:00:00.000Z"\n');
  });

  it('name what cannot be read any more', async () => {
    await recordGoldenSample(before, new OrderPlacedV1('c-1', 14, AT));
    await renewGoldenSamples(now);
    const { 'order-placed version 1': outcome } = await outcomes({ folder, events: [OrderPlacedV2] });
    expect(outcome).toContain('…/order-placed/v1.json: order-placed version 1 can no longer be read.');
    expect(outcome).toContain('order-placed');
  });

  it('fail where a reducer throws', async () => {
    const options = { folder, events: [OrderShipped], aggregates: [Order] };
    await recordGoldenSample({ ...options, aggregates: [] }, new OrderShipped());
    expect((await outcomes(options))['order-shipped version 1']).toContain('nothing was placed');
  });

  it('are missed by name: of the versions in the code, or in the lock file', async () => {
    const missing = (version: number): string =>
      `There is no golden sample of order-placed version ${version}: …/order-placed/v${version}.json is missing. Record one with recordGoldenSample.`;
    expect(await outcomes(now)).toEqual({
      'order-placed version 1': missing(1),
      'order-placed version 2': missing(2),
    });
    const lock = join(folder, 'event-schemas.json');
    const locked = { version: 1, aliases: [], aggregates: [], versions: { 1: { fields: {} } } };
    const events = { 'order/placed': locked, given: { ...locked, retired: true } };
    writeFileSync(lock, JSON.stringify({ format: 1, events }));
    expect(await outcomes({ ...now, lock })).toEqual({
      'order/placed version 1':
        'There is no golden sample of order/placed version 1: …/order%2Fplaced/v1.json is missing. Record one with recordGoldenSample.',
    });
    expect(() => goldenSamples({ ...now, lock: `${lock}x` })).toThrow(/is not there/);
  });

  it('are never overwritten by another payload', async () => {
    await recordGoldenSample(before, new OrderPlacedV1('c-1', 14, AT));
    await recordGoldenSample(before, new OrderPlacedV1('c-1', 14, AT));
    await expect(recordGoldenSample(before, new OrderPlacedV1('c-1', 15, AT))).rejects.toThrow(
      /v1\.json is there already, with another payload/,
    );
  });

  it('must be of the version that their file says, and samples at all', async () => {
    const file = await recordGoldenSample(before, new OrderPlacedV1('c-1', 14, AT));
    writeFileSync(join(folder, 'order-placed', 'v2.json'), readFileSync(file));
    expect((await outcomes(now))['order-placed version 2']).toContain('v2.json is not of order-placed version 2');
    for (const text of ['{', '{}', '{"stored":[],"expected":[]}']) {
      writeFileSync(file, text);
      const [sample] = goldenSamples(before);
      await expect(sample!.check()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });

  it('may be of events without a class', async () => {
    const upcasters = [defineUpcaster({ event: 'noted', from: 1 }, (payload) => ({ ...payload, seen: true }))];
    await recordGoldenSample({ folder, events: [] }, { type: 'noted', payload: { text: 'x' } });
    await renewGoldenSamples({ folder, events: [], upcasters });
    expect(read('noted/v1.json')).toEqual({
      stored: [{ type: 'noted', version: 1, classless: true, payload: { text: 'x' } }],
      expected: [{ type: 'noted', version: 2, classless: true, payload: { text: 'x', seen: true } }],
    });
    expect(await outcomes({ folder, events: [], upcasters })).toEqual({ 'noted version 1': 'ok' });
  });

  it('may be of several events, also of one name', async () => {
    const file = await recordGoldenSample(
      { ...before, events: [OrderPlacedV1, OrderShipped] },
      new OrderPlacedV1('c-1', 1, AT),
      new OrderShipped(),
      new OrderPlacedV1('c-2', 2, AT),
    );
    expect(await outcomes({ ...before, events: [OrderPlacedV1, OrderShipped] })).toMatchObject({
      'order-placed version 1': 'ok',
    });
    const sample = JSON.parse(readFileSync(file, 'utf8')) as { expected: unknown[] };
    writeFileSync(file, JSON.stringify({ ...sample, expected: sample.expected.slice(0, 2) }));
    expect((await outcomes({ ...before, events: [OrderPlacedV1, OrderShipped] }))['order-placed version 1']).toContain(
      'expected 2 events (order-placed version 1, order-shipped version 1), read 3',
    );
  });

  it('may be bytes of a serializer', async () => {
    const bytes: EventSerializer = {
      serialize: () => Buffer.from([1, 2, 250]),
      deserialize: (payload) => Object.assign(new OrderShipped(), { size: (payload as Uint8Array).length }),
    };
    const options = { folder, events: [OrderShipped], serializer: bytes };
    const file = await recordGoldenSample(options, new OrderShipped());
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ stored: [{ bytes: 'AQL6' }] });
    expect((await outcomes(options))['order-shipped version 1']).toBe('ok');
    const others = { ...bytes, serialize: () => Buffer.from([1, 2, 251]) };
    expect((await outcomes({ ...options, serializer: others }))['order-shipped version 1']).toContain(
      'bytes are others',
    );
  });
});
