import { describe, expect, it } from '@jest/globals';
import * as sdk from '@aws-sdk/client-dynamodb';
import { toEventStoreError } from '../../dynamo/dynamo-errors.js';
import * as errors from './fault-errors.js';

const request = { operation: 'append', table: 'events', commitId: 'c-1' };

describe('an error of a fault', () => {
  it.each<[string, Error, string]>([
    ['a reset connection', errors.networkFailure(1, 'ECONNRESET'), 'STORE_UNAVAILABLE'],
    ['a request that takes too long', errors.networkFailure(1, 'ETIMEDOUT'), 'STORE_UNAVAILABLE'],
    ['an internal error', errors.serverError(1, 500), 'STORE_UNAVAILABLE'],
    ['a service that is not there', errors.serverError(1, 503), 'STORE_UNAVAILABLE'],
    ['throttling', errors.throttling(1, 'ThrottlingException'), 'STORE_THROTTLED'],
    ['throttling by capacity', errors.throttling(1, 'ProvisionedThroughputExceededException'), 'STORE_THROTTLED'],
    ['a throttled transaction', errors.cancelled(1, 3, 1, 'ThrottlingError'), 'STORE_THROTTLED'],
    ['a transaction in the way of a transaction', errors.cancelled(1, 3, 1, 'TransactionConflict'), 'STORE_THROTTLED'],
    ['a transaction in the way of a write', errors.itemConflict(1), 'STORE_THROTTLED'],
  ])('%s is for the store what the real one is', (_, error, code) => {
    expect(toEventStoreError(error, request)).toMatchObject({ code, retryable: true, commitId: 'c-1', cause: error });
  });

  it.each<[Error, new (...args: never[]) => Error, string, number]>([
    [errors.serverError(7, 500), sdk.InternalServerError, 'server', 500],
    [errors.serverError(7, 503), sdk.DynamoDBServiceException, 'server', 503],
    [errors.throttling(7, 'ThrottlingException'), sdk.ThrottlingException, 'client', 400],
    [
      errors.throttling(7, 'ProvisionedThroughputExceededException'),
      sdk.ProvisionedThroughputExceededException,
      'client',
      400,
    ],
    [errors.itemConflict(7), sdk.TransactionConflictException, 'client', 400],
    [errors.cancelled(7, 1, 0, 'ThrottlingError'), sdk.TransactionCanceledException, 'client', 400],
  ])('%s is of the class of the SDK', (error, errorClass, $fault, httpStatusCode) => {
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toBeInstanceOf(sdk.DynamoDBServiceException);
    expect(error).toMatchObject({ $fault, $metadata: { httpStatusCode, requestId: 'fault-7' } });
    expect(error.message).not.toBe('');
  });

  it('of a transaction gives a reason for each item, in order', () => {
    const error = errors.cancelled(1, 3, 2, 'TransactionConflict');
    expect(error.CancellationReasons?.map(({ Code }) => Code)).toEqual(['None', 'None', 'TransactionConflict']);
    expect(error.message).toContain('[None, None, TransactionConflict]');
  });
});
