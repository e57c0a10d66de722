import { describe, expect, it } from '@jest/globals';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventStoreError } from '../errors/event-store-error.js';
import { DynamoRequests } from './dynamo-requests.js';

const request = { operation: 'append', table: 'events', stream: 'order/o-1', commitId: 'c-1' };
const client = Object.create(null) as DynamoDBClient;

/** As the SDK throws them; by name only, since the classes may come from another copy of it. */
function failure(name: string, ...codes: (string | undefined)[]): Error {
  const CancellationReasons = codes.map((Code) => (Code === undefined ? {} : { Code }));
  return Object.assign(new Error('why'), { name, ...(codes.length === 0 ? {} : { CancellationReasons }) });
}

interface Setting {
  readonly requests: DynamoRequests;
  readonly waits: number[];
  calls: number;
  /** Fails so many times before it answers. */
  call(failures: number, error: Error): (given: DynamoDBClient) => Promise<string>;
}

function setting(): Setting {
  const waits: number[] = [];
  const backoff = (attempt: number): Promise<void> => {
    waits.push(attempt);
    return Promise.resolve();
  };
  const created: Setting = {
    requests: new DynamoRequests(() => client, backoff),
    waits,
    calls: 0,
    call: (failures, error) => (given) => {
      expect(given).toBe(client);
      created.calls += 1;
      return created.calls <= failures ? Promise.reject(error) : Promise.resolve('answer');
    },
  };
  return created;
}

const TRANSIENT: [string, Error][] = [
  ['a write that meets a transaction', failure('TransactionConflictException')],
  ['a transaction that meets another write', failure('TransactionCanceledException', 'None', 'TransactionConflict')],
  ['a throttled transaction', failure('TransactionCanceledException', 'ThrottlingError', 'None')],
  ['a transaction without capacity', failure('TransactionCanceledException', 'ProvisionedThroughputExceeded')],
  ['a write that meets one of another region', failure('ReplicatedWriteConflictException')],
];

const UNDER_WAY = ['a transaction that is under way already', failure('TransactionInProgressException')] as const;

describe('what is over in a moment is waited out', () => {
  it.each([...TRANSIENT, UNDER_WAY])('%s', async (_, error) => {
    for (const verb of ['send', 'sendConditional'] as const) {
      const { requests, waits, call } = setting();
      const answer: unknown = await requests[verb](request, call(3, error));
      expect(answer).toEqual(verb === 'send' ? 'answer' : { output: 'answer' });
      expect(waits).toEqual([1, 2, 3]);
    }
  });

  it.each(TRANSIENT)('but not for ever, and never as a conflict: %s', async (_, error) => {
    const tried = setting();
    await expect(tried.requests.sendConditional(request, tried.call(Infinity, error))).rejects.toMatchObject({
      code: 'STORE_THROTTLED',
      retryable: true,
      commitId: 'c-1',
      cause: error,
    });
    expect([tried.calls, tried.waits]).toEqual([12, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]]);
  });
});

describe('an attempt that may have been carried out', () => {
  const attempts = (name: string, count: number): Error =>
    Object.assign(failure(name), { $metadata: { attempts: count, httpStatusCode: 400 } });

  it.each<[string, Error, string]>([
    ['the first attempt', attempts('ThrottlingException', 1), 'STORE_THROTTLED'],
    ['an attempt after one that nobody saw', attempts('ThrottlingException', 2), 'STORE_UNAVAILABLE'],
    ['an attempt of its own that is under way, for too long', UNDER_WAY[1], 'STORE_UNAVAILABLE'],
    ['a later attempt for want of permission', attempts('ExpiredTokenException', 2), 'STORE_UNAVAILABLE'],
  ])('decides what the refusal of %s means for a write', async (_, error, code) => {
    for (const verb of ['sendWrite', 'sendConditional'] as const) {
      const tried = setting();
      await expect(tried.requests[verb](request, tried.call(Infinity, error))).rejects.toMatchObject({
        code,
        commitId: 'c-1',
        cause: error,
      });
    }
  });

  it('is not forgotten when a later one is refused at once', async () => {
    const errors = [attempts('TransactionConflictException', 2), attempts('TransactionConflictException', 1)];
    const { requests } = setting();
    const call = (): Promise<never> => Promise.reject(errors.shift() ?? attempts('ThrottlingException', 1));
    await expect(requests.sendConditional(request, call)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('means nothing for a read', async () => {
    const { requests, call } = setting();
    const refused = requests.send(request, call(Infinity, attempts('ThrottlingException', 5)));
    await expect(refused).rejects.toMatchObject({ code: 'STORE_THROTTLED' });
  });
});

describe('a condition that does not hold is an answer', () => {
  it.each<[string, Error]>([
    ['of a write', failure('ConditionalCheckFailedException')],
    ['of a transaction', failure('TransactionCanceledException', 'None', 'ConditionalCheckFailed', undefined)],
  ])('%s', async (_, error) => {
    const { requests, waits, call } = setting();
    expect(await requests.sendConditional(request, call(1, error))).toEqual({ refusal: error });
    expect(waits).toEqual([]);
  });

  it('where none was to be expected, it is an error', async () => {
    const { requests, call } = setting();
    const error = failure('ConditionalCheckFailedException');
    await expect(requests.send(request, call(1, error))).rejects.toMatchObject({ code: 'STORE_REQUEST', cause: error });
  });

  it('but a cancelled transaction whose reasons name none is no answer', async () => {
    const none = failure('TransactionCanceledException', 'None', undefined);
    const unknown = Object.assign(failure('TransactionCanceledException'), { CancellationReasons: [] });
    const { requests, waits, call } = setting();
    expect(await requests.sendConditional(request, call(1, none))).toEqual({ output: 'answer' });
    expect(waits).toEqual([1]);
    const other = setting();
    await expect(other.requests.sendConditional(request, other.call(1, unknown))).rejects.toMatchObject({
      code: 'STORE_REQUEST',
    });
  });

  it('a transaction that met others besides is tried again, since it was not asked about all of its conditions', async () => {
    const error = failure('TransactionCanceledException', 'ConditionalCheckFailed', 'TransactionConflict');
    const { requests, waits, call } = setting();
    expect(await requests.sendConditional(request, call(1, error))).toEqual({ output: 'answer' });
    expect(waits).toEqual([1]);
  });
});

describe('every other failure is an error of the library, at once', () => {
  it.each<[string, Error, string]>([
    ['throttling, which the SDK has retried', failure('ThrottlingException'), 'STORE_THROTTLED'],
    ['an outage', failure('InternalServerError'), 'STORE_UNAVAILABLE'],
    [
      'a transaction that is refused for good',
      failure('TransactionCanceledException', 'ValidationError'),
      'STORE_REQUEST',
    ],
    [
      'a transaction that is partly refused for good',
      failure('TransactionCanceledException', 'TransactionConflict', 'ValidationError'),
      'STORE_REQUEST',
    ],
    ['a token that was used for another transaction', failure('IdempotentParameterMismatchException'), 'STORE_REQUEST'],
    ['a table that is not there', failure('ResourceNotFoundException'), 'TABLE_NOT_FOUND'],
  ])('%s', async (_, error, code) => {
    const tried = setting();
    const caught: unknown = await tried.requests
      .sendConditional(request, tried.call(1, error))
      .catch((each: unknown) => each);
    expect(caught).toBeInstanceOf(EventStoreError);
    expect(caught).toMatchObject({ code, cause: error });
    expect([tried.calls, tried.waits]).toEqual([1, []]);
  });
});

it('the client is asked for each time, since it may be made on first use', async () => {
  let made = 0;
  const requests = new DynamoRequests(
    () => {
      made += 1;
      return client;
    },
    () => Promise.resolve(),
  );
  expect(made).toBe(0);
  let calls = 0;
  await requests.send(request, () =>
    ++calls === 1 ? Promise.reject(failure('TransactionConflictException')) : Promise.resolve(1),
  );
  expect(made).toBe(2);
});

it('a pause before an attempt is as long as one after the attempt before', async () => {
  const { requests, waits } = setting();
  await requests.pause(2);
  await requests.pause(5);
  expect(waits).toEqual([1, 4]);
});
