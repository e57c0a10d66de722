import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { DynamoEventStore, type StreamId } from 'nestjs-dynamo-event-store';
import type { CommitShape, Cost } from 'nestjs-dynamo-event-store/cost';
import { itemBytes } from '../../../libs/dynamo-event-store/src/dynamo/item-size.js';
import { compress } from '../../../libs/dynamo-event-store/src/dynamo/packed-body.js';
import { partitionKeyOf } from '../../../libs/dynamo-event-store/src/dynamo/table-schema.js';
import { encodeBody } from '../../../libs/dynamo-event-store/src/store/commit-body.js';
import { uniqueTableName } from '../dynamodb.js';
import { meteredLocal } from './metered-local.js';
import { meteredSimulation } from './metered-simulation.js';
import type { MeteredEngine } from './metered-engine.js';

/** A time that takes all of its bytes: without pairs of zeros at its end. */
export const NOW = 1_767_225_612_345;

/** A table of an engine, with a store on it. */
export class CostFixture {
  readonly store: DynamoEventStore;
  #count = 0;

  constructor(readonly engine: MeteredEngine) {
    const tableName = uniqueTableName('cost');
    this.store = new DynamoEventStore({
      client: engine.client,
      tableName,
      clock: () => new Date(NOW),
      backoff: () => Promise.resolve(),
    });
  }

  stream(aggregate = 'cost'): StreamId {
    return { aggregate, id: `s-${String(this.#count++).padStart(6, '0')}` };
  }

  /** Bytes of all items of a stream, by sort key. */
  async sizesOf(stream: StreamId): Promise<number[]> {
    return (await this.engine.itemsOf(this.store.tableName, partitionKeyOf(stream))).map(itemBytes);
  }

  /** Carries the work out, and expects it to cost this and nothing else. */
  async expectCost(cost: Cost, work: () => Promise<unknown>): Promise<void> {
    const measured = await this.engine.measure(work);
    expect(measured).toEqual(flat(cost));
  }
}

/** The same cases on DynamoDB Local, and on the simulated DynamoDB. */
export function onEachEngine(name: string, cases: (fixture: CostFixture) => void): void {
  describe.each([meteredLocal(), meteredSimulation()])(`${name}, on $name`, (engine) => {
    const fixture = new CostFixture(engine);
    beforeAll(() => fixture.store.createTable());
    afterAll(() => {
      fixture.engine.close();
    });
    cases(fixture);
  });
}

export function flat({ requests, writeUnits, readUnits }: Cost): object {
  const counts = requests.map(({ operation, count }) => [operation, count] as const);
  return { requests: Object.fromEntries(counts), writeUnits, readUnits };
}

export const TYPE = 'measured';
/** As it is stored: an event without a class. */
export const LABEL = 'measured~1';

export interface Raw<P = unknown> {
  readonly type: string;
  readonly payload: P;
}

/** An event of so many bytes that do not compress. */
export function noise(bytes: number): Raw<Uint8Array> {
  return { type: TYPE, payload: Uint8Array.from(randomBytes(bytes)) };
}

/** An event whose payload is JSON text of so many bytes, which compress as texts of people do. */
export function text(bytes: number): Raw<string> {
  return { type: TYPE, payload: 'a sentence that people write again and again. '.repeat(bytes).slice(0, bytes - 2) };
}

/** The commit of these events, as `commitBytes` wants it. */
export function shapeOf(
  stream: StreamId,
  version: number,
  events: readonly Raw[],
  more: Partial<CommitShape> = {},
): CommitShape {
  const payloads = events.map(({ payload }) => (payload instanceof Uint8Array ? payload : JSON.stringify(payload)));
  const shapes = payloads.map((payload) => ({
    type: LABEL,
    bytes: Buffer.byteLength(payload),
    binary: typeof payload !== 'string',
  }));
  const compressedBytes = compress(encodeBody(payloads.map((payload) => ({ typeIndex: 0, payload })))).byteLength;
  return { stream, version, events: shapes, recordedAt: NOW, compressedBytes, ...more };
}
