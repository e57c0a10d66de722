import { describe, expect, it } from '@jest/globals';
import { BadRequestException, NotFoundException } from '@nestjs/common';
import {
  AggregateNotFoundError,
  ConcurrencyError,
  EventTooLargeError,
  InvalidArgumentError,
  ProjectionBehindError,
  StoreAccessDeniedError,
  StoreRequestError,
  StoreThrottledError,
  StoreUnavailableError,
  StreamParkedError,
  SubscriptionNotFoundError,
  SubscriptionStateError,
  TableNotFoundError,
} from 'nestjs-dynamo-event-store';
import { ReferenceTakenError } from '../orders/commands/command-errors.js';
import { OrderNotPayableError, ProductNotOnOrderError } from '../orders/domain/order.errors.js';
import { OrderBehindError } from '../orders/queries/order-behind.error.js';
import { problemOf } from './problem-of-error.js';

const stream = { aggregate: 'order', id: 'o-1' };
const request = { operation: 'append', table: 'order-events' };
const cause = new Error('secret');

describe('the problem of an error', () => {
  it.each([
    [new OrderNotPayableError('o-1', 'paid'), 409, 'order-not-payable'],
    [new ProductNotOnOrderError('o-1', 'chai'), 404, 'product-not-on-order'],
    [new ReferenceTakenError('o-2', 'o-1'), 409, 'reference-taken'],
    [new AggregateNotFoundError(stream), 404, 'order-not-found'],
    [new ConcurrencyError({ stream, expected: 1, actual: 2 }), 503, 'order-busy'],
    [new StoreThrottledError(request, cause), 503, 'store-busy'],
    [new StoreUnavailableError(request, cause), 503, 'store-unavailable'],
    [new StoreAccessDeniedError(request, cause), 503, 'store-unavailable'],
    [new TableNotFoundError(request, cause), 503, 'store-unavailable'],
    [new OrderBehindError('o-1', 3), 503, 'read-model-behind'],
    [new ProjectionBehindError('order-summary', stream, 3, 2, 2_000), 503, 'read-model-behind'],
    [new StreamParkedError('order-summary', stream, 3, 'secret'), 503, 'order-parked'],
    [new SubscriptionNotFoundError('x', ['order-summary']), 404, 'projection-not-found'],
    [new SubscriptionStateError('x', 'is a reactor'), 409, 'projection-state'],
    [new InvalidArgumentError('cursor', 'from elsewhere'), 400, 'invalid-request'],
    [new InvalidArgumentError('index', 'unknown'), 500, 'internal-error'],
    [new EventTooLargeError(stream, 'order-placed', 0, 500_000, 400_000), 413, 'too-large'],
    [new NotFoundException('Cannot GET /x'), 404, 'not-found'],
    [new BadRequestException('bad'), 400, 'malformed-request'],
    [new StoreRequestError(request, cause), 500, 'internal-error'],
    [cause, 500, 'internal-error'],
    ['a text', 500, 'internal-error'],
    [undefined, 500, 'internal-error'],
  ])('%s is %d %s', (error, status, code) => {
    const problem = problemOf(error);
    expect(problem).toMatchObject({ status, code, type: `urn:order-service:problem:${code}` });
    if (status >= 500) expect(JSON.stringify(problem)).not.toMatch(/secret|order-events|stack/);
  });

  it('holds the facts of a refusal, and none that hides its own members', () => {
    expect(problemOf(new OrderNotPayableError('o-1', 'paid'))).toEqual({
      type: 'urn:order-service:problem:order-not-payable',
      title: 'Conflict',
      status: 409,
      detail: 'Order o-1 is paid. Only an order that is placed can be paid, and only once.',
      code: 'order-not-payable',
      orderId: 'o-1',
      orderStatus: 'paid',
    });
  });
});
