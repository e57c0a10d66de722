import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import {
  DynamoEventStore,
  isEventStoreError,
  type ReadRange,
  type StateType,
  type StreamHead,
  type StreamId,
} from 'nestjs-dynamo-event-store';
import type { Item } from '../../libs/dynamo-event-store/src/dynamo/item-size.js';
import { testClient, uniqueTableName } from './dynamodb.js';
import { recordingClient } from './recording-client.js';

export const STATE: StateType = { name: 'life', schemaVersion: 1, eventClass: undefined };

const backoff = (): Promise<void> => Promise.resolve();

export function note(payload: unknown): { type: string; payload: unknown } {
  return { type: 'noted', payload };
}

/** What came of it: the value, or the code of the error. */
export function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => value,
    (error: unknown) => (isEventStoreError(error) ? error.code : error),
  );
}

/** Every second deletion of a batch, and the rest. */
export function splitBatch(input: object): { readonly arriving: unknown[]; readonly left: unknown[] } {
  const { RequestItems: requests } = input as { RequestItems: Record<string, unknown[]> };
  const all = Object.values(requests).flat();
  return { arriving: all.filter((_, index) => index % 2 === 0), left: all.filter((_, index) => index % 2 === 1) };
}

/** Streams that one process closes and purges while others use them; in a table of their own. */
export class StreamLifeFixture {
  /** The one who closes and purges, without the retries of the SDK, so that one fault fails one call. */
  readonly wire = recordingClient({ maxAttempts: 1 });
  /** Looks into the table, and changes it behind the back of the stores. */
  readonly hand = testClient();
  readonly tableName = uniqueTableName('life');
  readonly store = new DynamoEventStore({ client: this.wire.client, tableName: this.tableName, backoff });
  /** Everyone else: prepares streams, reads them, and tries to append. */
  readonly others = new DynamoEventStore({ client: this.hand, tableName: this.tableName, backoff });
  #count = 0;

  constructor() {
    beforeAll(() => this.store.createTable());
    beforeEach(() => {
      this.wire.reset();
    });
    afterAll(() => {
      this.wire.client.destroy();
      this.hand.destroy();
    });
  }

  newStream(): StreamId {
    return { aggregate: 'life', id: String(this.#count++) };
  }

  keyOf({ id }: StreamId, version: number): Item {
    return { pk: { S: `#life#${id}` }, sk: { S: `e#${String(version).padStart(16, '0')}` } };
  }

  /** Sort keys of everything that is stored of a stream. */
  async sortKeysOf({ id }: StreamId): Promise<string[]> {
    const found: string[] = [];
    let ExclusiveStartKey: Item | undefined;
    do {
      const page = await this.hand.send(
        new QueryCommand({
          TableName: this.tableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: `#life#${id}` } },
          ProjectionExpression: 'pk, sk',
          ConsistentRead: true,
          ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
        }),
      );
      found.push(...(page.Items ?? []).map(({ sk }) => sk!.S!));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return found;
  }

  async versions(stream: StreamId, range: ReadRange = {}): Promise<number[]> {
    const found: number[] = [];
    for await (const { version } of this.others.read(stream, range)) found.push(version);
    return found;
  }

  /** A stream of each kind of item, and of more commits than one batch deletes. Its heads, by version. */
  async richStream(largeVersion = 2): Promise<StreamHead[]> {
    const stream = this.newStream();
    const heads: StreamHead[] = [];
    const append = async (event: object, options: object = {}) =>
      heads.push(await this.others.append(stream, [event], { expected: heads.at(-1) ?? 'none', ...options }));
    while (heads.length < 31)
      await append(note(heads.length + 1 === largeVersion ? Uint8Array.from(randomBytes(900_000)) : heads.length));
    await append(note('keyed'), { idempotencyKey: 'k' });
    await this.others.saveSnapshot({ head: heads[29]!, type: STATE, state: {} });
    return heads;
  }
}
