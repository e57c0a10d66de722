import { describe, expect, it, jest } from '@jest/globals';
import * as errors from './index.js';

const stream = { aggregate: 'order', id: 'o-1', tenant: 'acme' };
const request = { operation: 'append', table: 'events', stream: 'acme:order/o-1', commitId: 'c-1' };
const cause = new TypeError('why');
const holder = { aggregate: 'order', id: 'o-2', tenant: 'acme' };

/** One of each, with what its callers rely on. The list must be complete; a test below sees to that. */
const samples: [keyof typeof errors, () => Error, Record<string, unknown>][] = [
  [
    'AggregateNotFoundError',
    () => new errors.AggregateNotFoundError(stream),
    { code: 'AGGREGATE_NOT_FOUND', retryable: false, stream },
  ],
  [
    'CommitIdReusedError',
    () => new errors.CommitIdReusedError(stream, 'c-1', 7),
    { code: 'COMMIT_ID_REUSED', retryable: false, stream, commitId: 'c-1', version: 7 },
  ],
  [
    'CommitTooLargeError',
    () => new errors.CommitTooLargeError(stream, 3, 500, 400),
    { code: 'COMMIT_TOO_LARGE', retryable: false, stream, events: 3, bytes: 500, limit: 400 },
  ],
  [
    'ConcurrencyError',
    () => new errors.ConcurrencyError({ stream, expected: 2, actual: 4, cause }),
    { code: 'CONCURRENCY', retryable: false, stream, expected: 2, actual: 4, winner: [], reason: 'moved-on', cause },
  ],
  [
    'EventSerializationError',
    () => new errors.EventSerializationError('placed', 'lines[0]', 'a fault.', cause),
    { code: 'EVENT_SERIALIZATION', retryable: false, eventType: 'placed', path: 'lines[0]', cause },
  ],
  [
    'EventTooLargeError',
    () => new errors.EventTooLargeError(stream, 'placed', 1, 500, 400),
    { code: 'EVENT_TOO_LARGE', retryable: false, stream, eventType: 'placed', index: 1, bytes: 500, limit: 400 },
  ],
  [
    'ExportDamagedError',
    () => new errors.ExportDamagedError(7, 'a fault', cause),
    { code: 'EXPORT_DAMAGED', retryable: false, line: 7, fault: 'a fault', cause },
  ],
  [
    'ImportConflictError',
    () => new errors.ImportConflictError(stream, 5, 'c-1', 'a fault'),
    { code: 'IMPORT_CONFLICT', retryable: false, stream, version: 5, commitId: 'c-1', fault: 'a fault' },
  ],
  [
    'ImportInterruptedError',
    () => new errors.ImportInterruptedError(3, 2, cause),
    { code: 'IMPORT_INTERRUPTED', retryable: true, stored: 3, present: 2, cause },
  ],
  [
    'InvalidArgumentError',
    () => new errors.InvalidArgumentError('cursor', 'is odd.', cause),
    { code: 'INVALID_ARGUMENT', retryable: false, argument: 'cursor', cause },
  ],
  [
    'InvalidDefinitionError',
    () => new errors.InvalidDefinitionError('Order', ['one.', 'two.']),
    { code: 'INVALID_DEFINITION', retryable: false, subject: 'Order', faults: ['one.', 'two.'] },
  ],
  [
    'InvalidVersionError',
    () => new errors.InvalidVersionError('from', -1, 'a whole number from 1'),
    { code: 'INVALID_VERSION', retryable: false, argument: 'from', value: -1 },
  ],
  [
    'ValueTakenError',
    () => new errors.ValueTakenError({ stream, scope: 'email', holder }),
    {
      code: 'VALUE_TAKEN',
      retryable: false,
      stream,
      scope: 'email',
      holder,
      taken: [{ stream, scope: 'email', holder }],
    },
  ],
  [
    'ValueNotHeldError',
    () => new errors.ValueNotHeldError({ stream, scope: 'email', holder }),
    { code: 'VALUE_NOT_HELD', retryable: false, stream, scope: 'email', holder },
  ],
  [
    'SnapshotTooLargeError',
    () => new errors.SnapshotTooLargeError(stream, 7, 500, 400),
    { code: 'SNAPSHOT_TOO_LARGE', retryable: false, stream, version: 7, bytes: 500, limit: 400 },
  ],
  [
    'StoreAccessDeniedError',
    () => new errors.StoreAccessDeniedError(request, cause),
    { code: 'STORE_ACCESS_DENIED', retryable: false, ...request, cause },
  ],
  [
    'StoreOperationUnsupportedError',
    () => new errors.StoreOperationUnsupportedError(request, cause),
    { code: 'STORE_OPERATION_UNSUPPORTED', retryable: false, ...request, cause },
  ],
  [
    'StoreRequestError',
    () => new errors.StoreRequestError(request, cause),
    { code: 'STORE_REQUEST', retryable: false, ...request, cause },
  ],
  [
    'StoreThrottledError',
    () => new errors.StoreThrottledError(request, cause),
    { code: 'STORE_THROTTLED', retryable: true, ...request, cause },
  ],
  [
    'StoreUnavailableError',
    () => new errors.StoreUnavailableError(request, cause),
    { code: 'STORE_UNAVAILABLE', retryable: true, ...request, cause },
  ],
  [
    'StreamClosedError',
    () => new errors.StreamClosedError(stream, 7, new Date(0)),
    { code: 'STREAM_CLOSED', retryable: false, stream, version: 7, closedAt: new Date(0) },
  ],
  [
    'StreamCorruptedError',
    () => new errors.StreamCorruptedError(stream, 5, 'a fault', cause),
    { code: 'STREAM_CORRUPTED', retryable: false, stream, version: 5, fault: 'a fault', cause },
  ],
  [
    'TableMismatchError',
    () => new errors.TableMismatchError('events', ['keys.']),
    { code: 'TABLE_MISMATCH', retryable: false, table: 'events', differences: ['keys.'] },
  ],
  [
    'TableNotFoundError',
    () => new errors.TableNotFoundError(request, cause),
    { code: 'TABLE_NOT_FOUND', retryable: false, ...request, cause },
  ],
  [
    'TableNotReadyError',
    () => new errors.TableNotReadyError('events', 'CREATING', 30),
    { code: 'TABLE_NOT_READY', retryable: true, table: 'events', status: 'CREATING', waitedSeconds: 30 },
  ],
  [
    'TenantMismatchError',
    () =>
      new errors.TenantMismatchError('save', 'order/o-1', [
        { source: 'option tenant', tenant: 'acme' },
        { source: 'metadata.tenantId', tenant: 'globex' },
      ]),
    {
      code: 'TENANT_MISMATCH',
      retryable: false,
      operation: 'save',
      target: 'order/o-1',
      sources: [
        { source: 'option tenant', tenant: 'acme' },
        { source: 'metadata.tenantId', tenant: 'globex' },
      ],
    },
  ],
  [
    'TenantRequiredError',
    () => new errors.TenantRequiredError('load', 'order/o-1'),
    { code: 'TENANT_REQUIRED', retryable: false, operation: 'load', target: 'order/o-1' },
  ],
  [
    'TransactionTooLargeError',
    () => new errors.TransactionTooLargeError([stream], 101, 500, { items: 100, bytes: 400 }),
    {
      code: 'TRANSACTION_TOO_LARGE',
      retryable: false,
      streams: [stream],
      items: 101,
      bytes: 500,
      limits: { items: 100, bytes: 400 },
    },
  ],
  [
    'UnknownEventError',
    () => new errors.UnknownEventError('placed', 2, 'Do this.'),
    { code: 'UNKNOWN_EVENT', retryable: false, eventType: 'placed', schemaVersion: 2 },
  ],
  [
    'UpcastError',
    () => new errors.UpcastError('placed', 1, 'it threw.', cause),
    { code: 'UPCAST', retryable: false, eventType: 'placed', from: 1, cause },
  ],
  [
    'EventValidationError',
    () => new errors.EventValidationError('placed', [{ path: 'total', message: 'too small' }]),
    { code: 'EVENT_INVALID', retryable: false, eventType: 'placed', issues: [{ path: 'total', message: 'too small' }] },
  ],
  [
    'SubjectKeysMissingError',
    () => new errors.SubjectKeysMissingError(['r.1'], { stream, version: 3 }, cause),
    { code: 'SUBJECT_KEYS_MISSING', retryable: false, keyIds: ['r.1'], facts: { stream, version: 3 }, cause },
  ],
  [
    'KeyProviderError',
    () => new errors.KeyProviderError('unwrap', 'k1', cause),
    { code: 'KEY_PROVIDER', retryable: false, operation: 'unwrap', masterKey: 'k1', cause },
  ],
  [
    'KeyProviderUnavailableError',
    () => new errors.KeyProviderUnavailableError('wrap', 'k1', cause),
    { code: 'KEY_PROVIDER_UNAVAILABLE', retryable: true, operation: 'wrap', masterKey: 'k1', cause },
  ],
];

type ErrorClass = abstract new (...args: never[]) => Error;
const isErrorClass = (value: unknown): value is ErrorClass =>
  typeof value === 'function' && value.prototype instanceof Error;
const ABSTRACT = ['EventStoreError', 'PublishError'];
const classNames = Object.entries(errors)
  .filter(([name, value]) => isErrorClass(value) && !ABSTRACT.includes(name))
  .map(([name]) => name);

const publication = { target: 'arn:topic', stream, version: 7, eventId: 'c-1.0', type: 'placed' };

/** Those of the read side. */
samples.push(
  [
    'FeedSourceError',
    () => new errors.FeedSourceError('events', 'it has no stream.'),
    { code: errors.FeedSourceError.code, retryable: false, table: 'events', fault: 'it has no stream.' },
  ],
  [
    'MessageTooLargeError',
    () => new errors.MessageTooLargeError(publication, 500, 400),
    { code: errors.MessageTooLargeError.code, retryable: false, ...publication, bytes: 500, limit: 400 },
  ],
  [
    'ProjectionBehindError',
    () => new errors.ProjectionBehindError('orders', stream, 7, 5, 100),
    {
      code: errors.ProjectionBehindError.code,
      retryable: true,
      projection: 'orders',
      stream,
      version: 7,
      applied: 5,
      waitedMs: 100,
    },
  ],
  [
    'PublishFailedError',
    () => new errors.PublishFailedError(publication, 'throttled.', cause),
    { code: errors.PublishFailedError.code, retryable: true, ...publication, cause },
  ],
  [
    'PublishRefusedError',
    () => new errors.PublishRefusedError(publication, 'denied.', cause),
    { code: errors.PublishRefusedError.code, retryable: false, ...publication, cause },
  ],
  [
    'ReadModelContendedError',
    () => new errors.ReadModelContendedError('orders', stream, 20),
    { code: errors.ReadModelContendedError.code, retryable: true, projection: 'orders', stream, attempts: 20 },
  ],
  [
    'ReadModelTransactionTooLargeError',
    () => new errors.ReadModelTransactionTooLargeError('orders', stream, 101, 500, { actions: 100, bytes: 400 }),
    {
      code: errors.ReadModelTransactionTooLargeError.code,
      retryable: false,
      projection: 'orders',
      stream,
      actions: 101,
      bytes: 500,
      limit: { actions: 100, bytes: 400 },
    },
  ],
  [
    'StreamParkedError',
    () => new errors.StreamParkedError('orders', stream, 7, 'poison'),
    {
      code: errors.StreamParkedError.code,
      retryable: false,
      projection: 'orders',
      stream,
      version: 7,
      reason: 'poison',
    },
  ],
  [
    'SubscriptionNotFoundError',
    () => new errors.SubscriptionNotFoundError('orders', ['mails']),
    { code: errors.SubscriptionNotFoundError.code, retryable: false, subscription: 'orders', known: ['mails'] },
  ],
  [
    'SubscriptionStateError',
    () => new errors.SubscriptionStateError('orders', 'there is no new build.'),
    {
      code: errors.SubscriptionStateError.code,
      retryable: false,
      subscription: 'orders',
      reason: 'there is no new build.',
    },
  ],
  [
    'ViewSerializationError',
    () => new errors.ViewSerializationError('orders', 'o-1', 'lines[0]', cause),
    { code: errors.ViewSerializationError.code, retryable: false, view: 'orders', key: 'o-1', path: 'lines[0]', cause },
  ],
  [
    'ViewTooLargeError',
    () => new errors.ViewTooLargeError('orders', 'o-1', 500, 400),
    { code: errors.ViewTooLargeError.code, retryable: false, view: 'orders', key: 'o-1', bytes: 500, limit: 400 },
  ],
);

it('every exported error class is tested here', () => {
  expect(samples.map(([name]) => name).sort()).toEqual(classNames.sort());
});

describe.each(samples)('%s', (name, create, fields) => {
  const error = create();

  it('carries code, retryable, its fields and its cause', () => {
    expect(error).toMatchObject(fields);
    if (!('cause' in fields)) expect('cause' in error).toBe(false);
  });

  it('has its name, a message that is a sentence, and a stack', () => {
    expect(error.name).toBe(name);
    expect(Object.keys(error)).not.toContain('name');
    expect(error.message).toMatch(/^[A-Z@a-z].*[.]$/s);
    expect(error.stack).toContain(error.message);
    expect(String(error)).toBe(`${name}: ${error.message}`);
  });

  it('is an EventStoreError and of its own class, and of no other', () => {
    expect(error).toBeInstanceOf(errors.EventStoreError);
    expect(errors.isEventStoreError(error)).toBe(true);
    expect(error).toBeInstanceOf(Error);
    for (const other of classNames) {
      expect([other, error instanceof (errors as unknown as Record<string, ErrorClass>)[other]!]).toEqual([
        other,
        other === name,
      ]);
    }
  });

  it('tells its code without an instance, and shares it with no other', () => {
    const codes = samples.map(([each]) => (errors as unknown as Record<string, { code: string }>)[each]!.code);
    expect(codes).toContain(fields['code']);
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe('instanceof', () => {
  it('holds across two copies of the library, as two versions in one process make them', async () => {
    let copy: typeof errors | undefined;
    await jest.isolateModulesAsync(async () => {
      jest.resetModules();
      copy = await import('./index.js');
    });
    const other = copy!;
    expect(other.ConcurrencyError).not.toBe(errors.ConcurrencyError);
    for (const [name, create] of samples) {
      const error = create();
      expect([name, error instanceof other.EventStoreError, other.isEventStoreError(error)]).toEqual([
        name,
        true,
        true,
      ]);
      for (const each of classNames) {
        const theirs = (other as unknown as Record<string, ErrorClass>)[each]!;
        expect([each, error instanceof theirs]).toEqual([each, each === name]);
      }
    }
  });

  it('is not fooled by errors that only look similar', () => {
    const foreign = Object.assign(new Error('x'), { code: 'CONCURRENCY', retryable: false });
    for (const value of [
      foreign,
      { code: 'CONCURRENCY' },
      null,
      undefined,
      'CONCURRENCY',
      new RangeError('x'),
      Object.create(null),
    ]) {
      expect(value instanceof errors.EventStoreError).toBe(false);
      expect(value instanceof errors.ConcurrencyError).toBe(false);
      expect(value instanceof errors.InvalidVersionError).toBe(false);
      expect(errors.isEventStoreError(value)).toBe(false);
    }
  });

  it('holds for a class that an application derives, and only for its own instances', () => {
    class StockConflict extends errors.ConcurrencyError {}
    const error = new StockConflict({ stream, expected: 1, actual: 2 });
    expect(error).toBeInstanceOf(StockConflict);
    expect(error).toBeInstanceOf(errors.ConcurrencyError);
    expect(new errors.ConcurrencyError({ stream, expected: 1, actual: 2 })).not.toBeInstanceOf(StockConflict);
  });

  it('of InvalidVersionError holds for RangeError and EventStoreError alike', () => {
    const error: unknown = new errors.InvalidVersionError('from', 0, 'a whole number from 1');
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toBeInstanceOf(errors.EventStoreError);
    expect(new RangeError('x')).not.toBeInstanceOf(errors.InvalidVersionError);
  });
});

describe('the conflicts of a write', () => {
  const other = { aggregate: 'stock', id: 's-1' };
  const second = { stream: other, expected: 0, actual: 3, winner: [], reason: 'moved-on', head: undefined } as const;

  it('are the one stream, of a write to one stream', () => {
    const head = { stream, version: 4 };
    const error = new errors.ConcurrencyError({ stream, expected: 2, actual: 4, head });
    expect(error.conflicts).toEqual([{ stream, expected: 2, actual: 4, winner: [], reason: 'moved-on', head }]);
  });

  it('name each stream that lost; the first one is also that of the error', () => {
    const error = new errors.ConcurrencyError({ stream, expected: 2, actual: 4, reason: 'ahead', others: [second] });
    expect(error.conflicts.map((conflict) => conflict.stream)).toEqual([stream, other]);
    expect(error.conflicts[1]).toBe(second);
    expect([error.stream, error.expected, error.actual, error.reason]).toEqual([stream, 2, 4, 'ahead']);
    expect(error.message).toBe(
      'Stream acme:order/o-1 was expected at version 2, but it is at version 4. ' +
        'Stream stock/s-1 was expected not to exist, but it is at version 3 or later. Load again and decide again.',
    );
  });
});

describe('messages say what happened to what, and what to do (P17)', () => {
  it.each<[Error, string]>([
    [
      new errors.ConcurrencyError({ stream, expected: 2, actual: 4 }),
      'Stream acme:order/o-1 was expected at version 2, but it is at version 4 or later. Load again and decide again.',
    ],
    [
      new errors.ConcurrencyError({ stream, expected: 0, actual: 4 }),
      'Stream acme:order/o-1 was expected not to exist, but it is at version 4 or later. Load again and decide again.',
    ],
    [
      new errors.ConcurrencyError({ stream, expected: 9, actual: 4, reason: 'ahead' }),
      'Stream acme:order/o-1 was expected at version 9, but it is at version 4. Load again and decide again.',
    ],
    [
      new errors.ConcurrencyError({ stream, expected: 9, actual: 0, reason: 'ahead' }),
      'Stream acme:order/o-1 was expected at version 9, but it does not exist. Load again and decide again.',
    ],
    [
      new errors.ConcurrencyError({ stream, expected: 3, actual: 4, reason: 'inside-commit' }),
      'Stream acme:order/o-1 was expected at version 3, but version 3 lies inside a commit that ends at version 4. Load again and decide again.',
    ],
    [
      new errors.InvalidVersionError('from', 1.5, 'a whole number from 1'),
      'from is 1.5, but must be a whole number from 1.',
    ],
    [
      new errors.InvalidVersionError('from', '1', 'a whole number from 1'),
      'from is "1", but must be a whole number from 1.',
    ],
    [
      new errors.InvalidVersionError('from', Object.create(null), 'a whole number from 1'),
      'from is an object, but must be a whole number from 1.',
    ],
    [
      new errors.InvalidVersionError('from', Symbol('x'), 'a whole number from 1'),
      'from is Symbol(x), but must be a whole number from 1.',
    ],
    [
      new errors.StoreUnavailableError(request, cause),
      'append for acme:order/o-1 on table events: the database cannot be reached or failed (TypeError: why); send it again with commit id c-1.',
    ],
    [
      new errors.StoreUnavailableError({ operation: 'read', table: 'events' }, 'x'),
      'read on table events: the database cannot be reached or failed (x); send it again.',
    ],
    [
      new errors.TransactionTooLargeError(
        ['1', '2', '3', '4'].map((id) => ({ aggregate: 'stock', id })),
        101,
        500,
        { items: 100, bytes: 400 },
      ),
      'The write to 4 streams (stock/1, stock/2, stock/3, …) takes 101 items and 500 bytes; a transaction holds 100 items and 400 bytes. Write fewer streams or smaller events at once.',
    ],
    [
      new errors.StreamClosedError(stream, 7, new Date(0)),
      'Stream acme:order/o-1 was closed at version 7 on 1970-01-01T00:00:00.000Z; it takes no more events.',
    ],
    [
      new errors.CommitIdReusedError(stream, 'c-1', 7),
      'Commit c-1 of acme:order/o-1 is stored already at version 7, with other events. Use a new commit id for a new decision.',
    ],
    [
      new errors.CommitIdReusedError(stream, 'c-1', 7, 'k-1'),
      'Idempotency key "k-1" was used on acme:order/o-1 at version 7, for another command. If this is the same command again, its events must be equal: take times and ids from the command, or identify the command by a fingerprint.',
    ],
    [
      new errors.ValueTakenError({ stream, scope: 'email', holder }),
      'The value of "email" that acme:order/o-1 was to reserve is held by acme:order/o-2. Choose another value, or have the holder release it.',
    ],
    [
      new errors.ValueTakenError({
        stream,
        scope: 'email',
        holder,
        others: [{ stream: holder, scope: 'no', holder: stream }],
      }),
      'The value of "email" that acme:order/o-1 was to reserve is held by acme:order/o-2. The value of "no" that acme:order/o-2 was to reserve is held by acme:order/o-1. Choose another value, or have the holder release it.',
    ],
    [
      new errors.ValueNotHeldError({ stream, scope: 'email', holder }),
      'Stream acme:order/o-1 cannot release a value of "email" that acme:order/o-2 holds. Release only what the stream has reserved.',
    ],
    [new errors.EventSerializationError('placed', '', 'a fault.'), 'Event placed: a fault.'],
    [new errors.UnknownEventError('placed', undefined, 'Do this.'), 'Event placed is not known here. Do this.'],
  ])('%s', (error, message) => {
    expect(error.message).toBe(message);
  });
});
