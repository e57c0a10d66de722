import { describe, expect, it } from '@jest/globals';
import * as sdk from '@aws-sdk/client-dynamodb';
import * as errors from '../errors/index.js';
import { toEventStoreError } from './dynamo-errors.js';

const request = { operation: 'append', table: 'events', stream: 'order/o-1', commitId: 'c-1' };

type Kind = 'throttled' | 'unavailable' | 'not found' | 'denied' | 'refused';
const KINDS: Record<Kind, [abstract new (...args: never[]) => Error, boolean]> = {
  throttled: [errors.StoreThrottledError, true],
  unavailable: [errors.StoreUnavailableError, true],
  'not found': [errors.TableNotFoundError, false],
  denied: [errors.StoreAccessDeniedError, false],
  refused: [errors.StoreRequestError, false],
};

function expectKind(cause: unknown, kind: Kind): void {
  const error = toEventStoreError(cause, request);
  const [errorClass, retryable] = KINDS[kind];
  expect(error.name).toBe(errorClass.name);
  expect(error).toBeInstanceOf(errorClass);
  expect(error).toMatchObject({ ...request, retryable, cause });
}

/** Every error class that the SDK exports, and what it means for a caller. A class that is new in the SDK must be put here. */
const EXPORTED: Record<string, Kind> = {
  BackupInUseException: 'refused',
  BackupNotFoundException: 'refused',
  ConditionalCheckFailedException: 'refused',
  ContinuousBackupsUnavailableException: 'refused',
  DuplicateItemException: 'refused',
  DynamoDBServiceException: 'refused',
  ExportConflictException: 'refused',
  ExportNotFoundException: 'refused',
  GlobalTableAlreadyExistsException: 'refused',
  GlobalTableNotFoundException: 'refused',
  IdempotentParameterMismatchException: 'refused',
  ImportConflictException: 'refused',
  ImportNotFoundException: 'refused',
  IndexNotFoundException: 'not found',
  InternalServerError: 'unavailable',
  InvalidEndpointException: 'refused',
  InvalidExportTimeException: 'refused',
  InvalidRestoreTimeException: 'refused',
  ItemCollectionSizeLimitExceededException: 'refused',
  LimitExceededException: 'throttled',
  PointInTimeRecoveryUnavailableException: 'refused',
  PolicyNotFoundException: 'refused',
  ProvisionedThroughputExceededException: 'throttled',
  ReplicaAlreadyExistsException: 'refused',
  ReplicaNotFoundException: 'refused',
  ReplicatedWriteConflictException: 'throttled',
  RequestLimitExceeded: 'throttled',
  ResourceInUseException: 'refused',
  ResourceNotFoundException: 'not found',
  TableAlreadyExistsException: 'refused',
  TableInUseException: 'refused',
  TableNotFoundException: 'not found',
  ThrottlingException: 'throttled',
  TransactionCanceledException: 'refused',
  TransactionConflictException: 'throttled',
  TransactionInProgressException: 'throttled',
};

type ServiceErrorClass = new (options: object) => Error;
const classes = Object.entries(sdk as unknown as Record<string, unknown>).filter(
  (entry): entry is [string, ServiceErrorClass] =>
    typeof entry[1] === 'function' && (entry[1].prototype as unknown) instanceof Error,
);

describe('every error class of @aws-sdk/client-dynamodb has a class here (P18)', () => {
  it('the list is complete', () => {
    expect(classes.map(([name]) => name).sort()).toEqual(Object.keys(EXPORTED).sort());
  });

  it.each(classes)('%s', (name, errorClass) => {
    const cause = new errorClass({ name, message: 'why', $fault: 'client', $metadata: { httpStatusCode: 400 } });
    expectKind(cause, EXPORTED[name]!);
    expect(toEventStoreError(cause, request).message).toMatch(/^append for order\/o-1 on table events: .*/);
  });
});

describe('errors without a class in the SDK', () => {
  const named = (name: string, status = 400): Error =>
    Object.assign(new Error('why'), { name, $metadata: { httpStatusCode: status } });
  const coded = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code });

  it.each<[string, Kind]>([
    ['ExpiredTokenException', 'denied'],
    ['UnrecognizedClientException', 'denied'],
    ['AccessDeniedException', 'denied'],
    ['InvalidSignatureException', 'denied'],
    ['MissingAuthenticationTokenException', 'denied'],
    ['CredentialsProviderError', 'denied'],
    ['RequestExpired', 'denied'],
    ['ThrottledException', 'throttled'],
    ['KMSThrottlingException', 'throttled'],
    ['TooManyRequestsException', 'throttled'],
    ['ServiceUnavailable', 'unavailable'],
    ['InternalFailure', 'unavailable'],
    ['RequestTimeout', 'unavailable'],
    ['TimeoutError', 'unavailable'],
    ['AbortError', 'unavailable'],
    ['ValidationException', 'refused'],
    ['SerializationException', 'refused'],
  ])('%s', (name, kind) => {
    expectKind(named(name), kind);
  });

  it.each([
    'ECONNRESET',
    'ECONNREFUSED',
    'ECONNABORTED',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EPROTO',
    'HPE_INVALID_CONSTANT',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_HTTP2_STREAM_ERROR',
    'ERR_STREAM_PREMATURE_CLOSE',
    'UND_ERR_SOCKET',
  ])('the network: %s', (code) => {
    expectKind(coded(code), 'unavailable');
  });

  it('the network, as any failing system call', () => {
    for (const code of ['EADDRNOTAVAIL', 'EMFILE', 'ENOBUFS'])
      expectKind(Object.assign(coded(code), { syscall: 'connect' }), 'unavailable');
  });

  it('the network, as the SDK wraps it in a realm of its own, as Jest makes one', () => {
    expectKind(new Error('AWS SDK error wrapper for Error: connect ECONNREFUSED 127.0.0.1:1'), 'unavailable');
  });

  it('several addresses that all refuse', () => {
    expectKind(new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')]), 'unavailable');
  });

  it.each<[number, Kind]>([
    [200, 'unavailable'],
    [400, 'refused'],
    [401, 'denied'],
    [403, 'denied'],
    [407, 'denied'],
    [404, 'refused'],
    [413, 'refused'],
    [429, 'throttled'],
    [500, 'unavailable'],
    [502, 'unavailable'],
    [503, 'unavailable'],
    [504, 'unavailable'],
  ])('an answer with the status %i and nothing to read', (status, kind) => {
    expectKind(named('Unknown', status), kind);
    expectKind(Object.assign(new SyntaxError('Unexpected token'), { $metadata: { httpStatusCode: status } }), kind);
  });

  it('mistakes before anything is sent are refusals, not outages', () => {
    for (const cause of [
      new TypeError('bug'),
      new Error('Region is missing'),
      Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL' }),
    ])
      expectKind(cause, 'refused');
  });

  it('whatever else was thrown', () => {
    for (const cause of ['text', 5, null, undefined, {}, [], Object.create(null) as object]) {
      const error = toEventStoreError(cause, request);
      expect(error).toBeInstanceOf(errors.StoreRequestError);
      expect(error.message).not.toBe('');
    }
  });

  it('an error of ours passes as it is', () => {
    const ours = new errors.StreamCorruptedError({ aggregate: 'order', id: 'o-1' }, 1, 'a fault');
    expect(toEventStoreError(ours, request)).toBe(ours);
  });
});

describe('a cancelled transaction (P17, P18)', () => {
  const cancelled = (...codes: (string | undefined)[]): Error =>
    new sdk.TransactionCanceledException({
      message: 'Transaction cancelled',
      $metadata: { httpStatusCode: 400 },
      CancellationReasons: codes.map((Code) => (Code === undefined ? {} : { Code })),
    });

  it.each<[string, (string | undefined)[], Kind]>([
    ['for a clash with another one', ['None', 'TransactionConflict'], 'throttled'],
    ['for load', ['ThrottlingError', 'ProvisionedThroughputExceeded', undefined], 'throttled'],
    ['for a condition', ['None', 'ConditionalCheckFailed'], 'refused'],
    [
      'for a condition and a clash: not all conditions were looked at',
      ['TransactionConflict', 'ConditionalCheckFailed'],
      'throttled',
    ],
    ['for a fault of the request', ['None', 'ValidationError'], 'refused'],
    ['without reasons', [], 'refused'],
  ])('%s', (_, codes, kind) => {
    expectKind(cancelled(...codes), kind);
  });
});
