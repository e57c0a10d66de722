import { afterEach, describe, expect, it } from '@jest/globals';
import { setImmediate as turn } from 'node:timers/promises';
import * as sdk from '@aws-sdk/client-dynamodb';
import type { Item } from '../../dynamo/item-size.js';
import { VirtualTime } from '../simulation/virtual-time.js';
import type { Fault, FaultKind, FaultRecord } from './fault.js';
import { injectFaults, type FaultOptions, type FaultyClient } from './inject-faults.js';
import { KILLED, SimulatedProcess } from './simulated-process.js';

interface AnyInput {
  readonly Item?: Item;
  readonly ConditionExpression?: string;
  readonly ExclusiveStartKey?: Item;
  readonly RequestItems?: Record<string, { PutRequest: { Item: Item } }[] & { Keys: Item[] }>;
  readonly ClientRequestToken?: string;
}

/** As much of DynamoDB as these tests need: one table, one partition. */
class TinyTable extends sdk.DynamoDBClient {
  readonly items = new Map<string, Item>();
  readonly requests: { readonly operation: string; readonly input: AnyInput }[] = [];

  readonly options: unknown[] = [];

  override send = (async (command: { readonly input: AnyInput }, options?: unknown) => {
    const operation = command.constructor.name.replace('Command', '');
    this.requests.push({ operation, input: command.input });
    this.options.push(options);
    await Promise.resolve();
    return this.answer(operation, command.input);
  }) as sdk.DynamoDBClient['send'];

  private answer(operation: string, input: AnyInput): object {
    if (operation === 'PutItem') return this.put(input.Item!, input.ConditionExpression !== undefined);
    if (operation === 'BatchWriteItem') return this.putAll(Object.values(input.RequestItems!).flat());
    if (operation === 'BatchGetItem') return { Responses: { t: [...this.items.values()] } };
    if (operation === 'Query') return this.page(input.ExclusiveStartKey);
    return {};
  }

  private put(item: Item, isNew: boolean): object {
    const occupant = this.items.get(item['sk']!.S!);
    if (isNew && occupant !== undefined)
      throw new sdk.ConditionalCheckFailedException({ message: 'taken', Item: occupant, $metadata: {} });
    this.items.set(item['sk']!.S!, item);
    return { $metadata: {} };
  }

  private putAll(requests: { PutRequest: { Item: Item } }[]): object {
    for (const { PutRequest } of requests) this.put(PutRequest.Item, false);
    return { UnprocessedItems: {} };
  }

  private page(start: Item | undefined): object {
    const items = [...this.items.values()]
      .filter(({ sk }) => sk!.S! > (start?.['sk']?.S ?? ''))
      .sort((a, b) => (a['sk']!.S! < b['sk']!.S! ? -1 : 1));
    return { Items: items, Count: items.length, ScannedCount: items.length };
  }
}

const item = (sk: string): Item => ({ pk: { S: 'a' }, sk: { S: sk } });
const put = (sk: string): sdk.PutItemCommand =>
  new sdk.PutItemCommand({ TableName: 't', Item: item(sk), ConditionExpression: 'attribute_not_exists(pk)' });
const query = (input: Partial<sdk.QueryCommandInput> = {}): sdk.QueryCommand =>
  new sdk.QueryCommand({ TableName: 't', KeyConditionExpression: 'pk = :a', ...input });

/** The faults in order, one per request; then none. */
function scripted(...faults: (Fault | undefined)[]): FaultOptions {
  return { seed: 1, plan: (_, index) => faults[index] };
}

function setUp(options: FaultOptions): { table: TinyTable; faulty: FaultyClient; client: sdk.DynamoDBClient } {
  const table = new TinyTable({ region: 'local' });
  const faulty = injectFaults(table, options);
  return { table, faulty, client: faulty.client };
}

describe('a write', () => {
  it.each<[string, Fault, { error?: object; stored: boolean; sent: number }]>([
    [
      'that never arrives',
      { kind: 'dropRequest', code: 'ECONNRESET' },
      { error: { name: 'TimeoutError', code: 'ECONNRESET' }, stored: false, sent: 0 },
    ],
    [
      'whose answer is lost',
      { kind: 'dropResponse', code: 'ETIMEDOUT' },
      { error: { name: 'TimeoutError', code: 'ETIMEDOUT' }, stored: true, sent: 1 },
    ],
    [
      'that is sent again',
      'resend',
      { error: { name: 'ConditionalCheckFailedException', Item: item('1') }, stored: true, sent: 2 },
    ],
    [
      'that is throttled',
      { kind: 'throttle', error: 'ThrottlingException' },
      { error: { name: 'ThrottlingException' }, stored: false, sent: 0 },
    ],
    [
      'that the database fails at',
      { kind: 'serverError', status: 503, carriedOut: false },
      { error: { name: 'ServiceUnavailable', $metadata: { httpStatusCode: 503 } }, stored: false, sent: 0 },
    ],
    [
      'that the database fails after',
      { kind: 'serverError', status: 500, carriedOut: true },
      { error: { name: 'InternalServerError' }, stored: true, sent: 1 },
    ],
    [
      'in the way of a transaction',
      'transactionConflict',
      { error: { name: 'TransactionConflictException' }, stored: false, sent: 0 },
    ],
    ['that waits', { kind: 'delay', beforeMs: 5, afterMs: 5 }, { stored: true, sent: 1 }],
  ])('%s', async (_, fault, { error, stored, sent }) => {
    const { table, faulty, client } = setUp(scripted(fault));
    const outcome = client.send(put('1'));
    if (error === undefined) await outcome;
    else await expect(outcome).rejects.toMatchObject(error);
    expect({ stored: table.items.has('1'), sent: table.requests.length }).toEqual({ stored, sent });
    expect(faulty.log).toEqual([
      {
        index: 0,
        operation: 'PutItem',
        fault: expect.objectContaining(typeof fault === 'string' ? { kind: fault } : fault),
        outcome: error === undefined ? 'answered' : 'failed',
        ...(error === undefined ? {} : { error: (error as Error).name }),
      },
    ]);
    expect(await client.send(query())).toMatchObject({ Count: stored ? 1 : 0 });
  });

  it('whose copy comes late has its first answer, and the copy changes what came meanwhile', async () => {
    const time = new VirtualTime();
    const { table, faulty, client } = setUp({
      ...scripted({ kind: 'duplicate', afterMs: 100 }),
      pause: (ms) => time.pause(ms),
    });
    const overwrite = (text: string): Promise<unknown> =>
      client.send(new sdk.PutItemCommand({ TableName: 't', Item: { ...item('1'), text: { S: text } } }));
    await overwrite('first');
    await overwrite('second');
    expect(table.items.get('1')).toMatchObject({ text: { S: 'second' } });
    await time.runUntil(faulty.settled());
    expect(table.items.get('1')).toMatchObject({ text: { S: 'first' } });
    expect(faulty.log).toHaveLength(2);
  });

  it('is what it was when it was sent, however late its copy', async () => {
    const { table, faulty, client } = setUp(scripted({ kind: 'duplicate', afterMs: 0 }));
    const input: sdk.PutItemCommandInput = { TableName: 't', Item: item('1') };
    await client.send(new sdk.PutItemCommand(input));
    input.Item = item('2');
    await faulty.settled();
    expect(table.requests.map(({ input: sent }) => sent.Item)).toEqual([item('1'), item('1')]);
  });

  it('whose copy is refused does no harm', async () => {
    const { table, faulty, client } = setUp(scripted({ kind: 'duplicate', afterMs: 0 }));
    await client.send(put('1'));
    await faulty.settled();
    expect(table.requests).toHaveLength(2);
  });
});

describe('a transaction', () => {
  const transaction = (): sdk.TransactWriteItemsCommand =>
    new sdk.TransactWriteItemsCommand({
      TransactItems: ['1', '2', '3'].map((sk) => ({ Put: { TableName: 't', Item: item(sk) } })),
    });

  it.each<[FaultKind, string]>([
    ['throttle', 'ThrottlingError'],
    ['transactionConflict', 'TransactionConflict'],
  ])('is cancelled by %s for one of its items, without being sent', async (kind, code) => {
    const { table, client } = setUp(scripted({ kind: kind as 'throttle', item: 1 }));
    const error = await client.send(transaction()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(sdk.TransactionCanceledException);
    expect((error as sdk.TransactionCanceledException).CancellationReasons).toMatchObject([
      { Code: 'None' },
      { Code: code },
      { Code: 'None' },
    ]);
    expect(table.requests).toEqual([]);
  });

  it.each<Fault>(['resend', { kind: 'duplicate', afterMs: 0 }])(
    'sent twice by %j has the same token both times, as with the retries of the SDK',
    async (fault) => {
      const { table, faulty, client } = setUp(scripted(fault, undefined, fault));
      const own = transaction();
      await client.send(own);
      await faulty.settled();
      const [first, second] = table.requests.map(({ input }) => input.ClientRequestToken);
      expect(first).toEqual(expect.any(String));
      expect(second).toBe(first);
      expect(own.input.ClientRequestToken).toBeUndefined();
      await client.send(transaction());
      own.input.ClientRequestToken = 'mine';
      await client.send(own);
      await faulty.settled();
      expect(table.requests.slice(2).map(({ input }) => input.ClientRequestToken)).toEqual([undefined, 'mine', 'mine']);
    },
  );
});

describe('a read', () => {
  it('answered by a replica that lags sees an earlier state, and catches up', async () => {
    const { client } = setUp({ seed: 1, rates: { staleRead: 1 } });
    const counts: (number | undefined)[] = [];
    for (let n = 0; n < 12; n++) {
      counts.push((await client.send(query())).Count);
      if (n === 0) await client.send(put('1'));
    }
    expect(counts.slice(0, 2)).toEqual([0, 0]);
    expect(counts.at(-1)).toBe(1);
  });

  it('that is strongly consistent is never stale', async () => {
    const { client, faulty } = setUp({
      seed: 1,
      plan: ({ operation }) => (operation === 'Query' ? 'staleRead' : undefined),
    });
    const strong = query({ ConsistentRead: true });
    expect(await client.send(strong)).toMatchObject({ Count: 0 });
    await client.send(put('1'));
    expect(await client.send(strong)).toMatchObject({ Count: 1 });
    expect(faulty.log[2]).toMatchObject({ withoutEffect: true, outcome: 'answered' });
  });

  it('in short pages is complete when it is read to the end', async () => {
    const { table, client, faulty } = setUp({ seed: 5, rates: { partialResult: 1 } });
    const keys = Array.from({ length: 30 }, (_, n) => String(n).padStart(2, '0'));
    for (const key of keys) table.items.set(key, item(key));
    const found: string[] = [];
    let counts: number[] = [];
    for await (const { Items = [] } of sdk.paginateQuery({ client }, query().input)) {
      found.push(...Items.map(({ sk }) => sk!.S!));
      counts = [...counts, Items.length];
    }
    expect(found).toEqual(keys);
    expect(counts.length).toBeGreaterThan(3);
    expect(counts.slice(1, -1)).toContain(0);
    expect(faulty.log.at(-1)).toMatchObject({ withoutEffect: true });
  });
});

describe('a batch', () => {
  it('of writes is carried out in parts until nothing is left', async () => {
    const { table, client } = setUp({ seed: 3, rates: { partialResult: 1 } });
    const keys = Array.from({ length: 25 }, (_, n) => String(n));
    let left: sdk.BatchWriteItemCommandInput['RequestItems'] = {
      t: keys.map((sk) => ({ PutRequest: { Item: item(sk) } })),
    };
    let rounds = 0;
    for (; Object.keys(left ?? {}).length > 0; rounds++) {
      const before = table.items.size;
      ({ UnprocessedItems: left } = await client.send(new sdk.BatchWriteItemCommand({ RequestItems: left })));
      expect(table.items.size).toBeGreaterThan(before);
      expect(table.items.size + (left?.['t'] ?? []).length).toBe(25);
    }
    expect([...table.items.keys()].sort()).toEqual(keys.sort());
    expect(rounds).toBeGreaterThan(1);
  });

  it('of reads that was answered in part is no former answer to the whole', async () => {
    const { table, client } = setUp(scripted('partialResult', { kind: 'staleRead', age: 1 }));
    const batch = new sdk.BatchGetItemCommand({ RequestItems: { t: { Keys: [item('1'), item('2')] } } });
    const { UnprocessedKeys } = await client.send(batch);
    expect(UnprocessedKeys?.['t']?.Keys).toHaveLength(1);
    table.items.set('1', item('1'));
    expect((await client.send(batch)).Responses).toEqual({ t: [item('1')] });
  });
});

describe('a process', () => {
  it.each([
    ['before its request is carried out', false],
    ['after its request was carried out', true],
  ])('killed %s ends there, and its successor finds what is stored', async (_, carriedOut) => {
    const { table, faulty } = setUp(scripted(undefined, { kind: 'kill', carriedOut }));
    const first = new SimulatedProcess(faulty, 'first');
    const went: string[] = [];
    const outcome = await first.run(async () => {
      await first.client.send(put('1'));
      await first.client.send(put('2'));
      went.push('on');
    });
    expect(outcome).toBe(KILLED);
    void first.client.send(put('3'));
    const second = new SimulatedProcess(faulty, 'second');
    expect(await second.run(() => second.client.send(query()))).toMatchObject({ Count: carriedOut ? 2 : 1 });
    expect(went).toEqual([]);
    expect(table.items.has('3')).toBe(false);
    expect(faulty.log.map(({ process, outcome }) => [process, outcome])).toEqual([
      ['first', 'answered'],
      ['first', 'killed'],
      ['second', 'answered'],
    ]);
  });

  it('killed while its request waits does not send it', async () => {
    const time = new VirtualTime();
    const { table, faulty } = setUp({ ...scripted({ kind: 'delay', beforeMs: 10 }), pause: (ms) => time.pause(ms) });
    const process = new SimulatedProcess(faulty);
    const work = process.run(() => process.client.send(put('1')));
    time.schedule(5, () => {
      process.kill();
    });
    await time.run();
    expect(await work).toBe(KILLED);
    expect(table.requests).toEqual([]);
    expect(faulty.log).toMatchObject([{ outcome: 'killed' }]);
  });

  it('killed between the two sendings of a request does not send it again', async () => {
    const { table, faulty } = setUp(scripted('resend'));
    const process = new SimulatedProcess(faulty);
    const work = process.run(() => process.client.send(put('1')));
    process.kill();
    expect(await work).toBe(KILLED);
    await turn();
    expect(table.requests).toHaveLength(1);
  });
});

describe('the faults of a run', () => {
  const rates = { dropRequest: 0.2, dropResponse: 0.2, serverError: 0.2, staleRead: 0.2, partialResult: 0.2 };

  async function run(options: Partial<FaultOptions>): Promise<readonly FaultRecord[]> {
    const { client, faulty } = setUp({ seed: 'a run', rates, ...options });
    for (let n = 0; n < 40; n++)
      await (n % 2 === 0 ? client.send(put(String(n))) : client.send(query())).catch(() => undefined);
    return faulty.log;
  }

  it('are the same for the same seed, and others for another', async () => {
    expect(await run({})).toEqual(await run({}));
    expect(await run({})).not.toEqual(await run({ seed: 'another run' }));
  });

  it('are the same whatever time the requests take', async () => {
    const time = new VirtualTime();
    const slow = run({ rates: { ...rates, delay: 1 }, pause: (ms) => time.pause(ms) });
    const faults = (await time.runUntil(slow)).map(({ fault }) => (fault?.kind === 'delay' ? undefined : fault));
    expect(faults).toEqual((await run({})).map(({ fault }) => fault));
  });

  it('can be played again in part', async () => {
    const hit = (await run({})).filter(({ fault }) => fault !== undefined).map(({ index }) => index);
    const only = new Set(hit.slice(0, 3));
    const replayed = (await run({ only })).filter(({ fault }) => fault !== undefined);
    expect(replayed.map(({ index }) => index)).toEqual([...only]);
  });

  it('are announced before they happen', async () => {
    const seen: unknown[] = [];
    const { client } = setUp({
      ...scripted(undefined, 'dropRequest'),
      onFault: ({ index, outcome }, { operation, input }) => seen.push([index, outcome, operation, input['TableName']]),
    });
    await client.send(put('1'));
    await client.send(put('2')).catch(() => undefined);
    expect(seen).toEqual([[1, 'pending', 'PutItem', 't']]);
  });

  it('cease on stop and come again on resume; requests are counted all the time', async () => {
    const { client, faulty } = setUp({ seed: 1, rates: { dropRequest: 1 } });
    faulty.stop();
    await client.send(put('1'));
    faulty.resume();
    await expect(client.send(put('2'))).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(faulty.log.map(({ index, fault }) => [index, fault?.kind])).toEqual([
      [0, undefined],
      [1, 'dropRequest'],
    ]);
  });
});

describe('the client', () => {
  const clients: sdk.DynamoDBClient[] = [];
  afterEach(() => {
    for (const client of clients.splice(0)) client.destroy();
  });

  it('can be used as the one that it wraps', () => {
    const { table, client } = setUp({ seed: 1 });
    clients.push(table);
    expect(client).toBeInstanceOf(sdk.DynamoDBClient);
    expect(client.config).toBe(table.config);
    expect(client.middlewareStack).toBe(table.middlewareStack);
  });

  it('destroys what it wraps', () => {
    const { table, client } = setUp({ seed: 1 });
    const destroyed: unknown[] = [];
    table.destroy = function (this: unknown) {
      destroyed.push(this);
    };
    client.destroy();
    expect(destroyed).toHaveLength(1);
    expect(destroyed[0]).toBe(table);
  });

  it('puts faults into the methods of the aggregated client, too', async () => {
    const aggregated = new sdk.DynamoDB({ region: 'local' });
    clients.push(aggregated);
    const { client } = injectFaults(aggregated, scripted({ kind: 'throttle', error: 'ThrottlingException' }));
    const own = client as unknown as Pick<sdk.DynamoDB, 'putItem'>;
    await expect(own.putItem({ TableName: 't', Item: {} })).rejects.toMatchObject({
      name: 'ThrottlingException',
    });
  });

  it('passes the options of a request on, but not with a late copy', async () => {
    const { client, table, faulty } = setUp(scripted({ kind: 'duplicate', afterMs: 0 }));
    const options = { requestTimeout: 5 };
    await client.send(put('1'), options);
    await faulty.settled();
    expect(table.options).toEqual([options, undefined]);
  });

  it('ends its waits with the signal of the caller', async () => {
    const { client, table, faulty } = setUp({
      ...scripted({ kind: 'delay', beforeMs: 1_000_000 }),
      pause: () => new Promise(() => undefined),
    });
    const abort = new AbortController();
    const waiting = client.send(put('1'), { abortSignal: abort.signal });
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    expect(table.requests).toEqual([]);
    expect(faulty.log).toMatchObject([{ outcome: 'failed', error: 'AbortError' }]);
  });
});

it.each<[FaultOptions['rates'], string[]]>([
  [{ dropRequest: 1.5, delay: -1 }, ['dropRequest is 1.5', 'delay is -1']],
  [{ resend: NaN }, ['resend is NaN']],
  [{ dropRequests: 1 } as never, ['dropRequests is no fault']],
  [{ delayMs: [5, 1] }, ['delayMs is 5 to 1']],
  [{ delayMs: [-1, 1] }, ['delayMs is -1 to 1']],
  [{ delayMs: [0.5, 1] }, ['delayMs is 0.5 to 1']],
])('rates %j are refused', (rates, faults) => {
  expect(() => injectFaults(new sdk.DynamoDBClient({ region: 'local' }), { seed: 1, rates: rates! })).toThrow(
    expect.objectContaining({
      code: 'INVALID_DEFINITION',
      faults: faults.map((fault) => expect.stringContaining(fault)),
    }),
  );
});
