import { HttpException } from '@nestjs/common';
import {
  AggregateNotFoundError,
  CommitIdReusedError,
  CommitTooLargeError,
  ConcurrencyError,
  EventTooLargeError,
  InvalidArgumentError,
  ProjectionBehindError,
  StoreAccessDeniedError,
  StoreOperationUnsupportedError,
  StoreThrottledError,
  StoreUnavailableError,
  StreamParkedError,
  SubscriptionNotFoundError,
  SubscriptionStateError,
  TableNotFoundError,
} from 'nestjs-dynamo-event-store';
import {
  IdempotencyKeyReusedError,
  OrderExistsError,
  OrderVersionError,
  ReferenceTakenError,
} from '../orders/commands/command-errors.js';
import { OrderRefusedError, ProductNotOnOrderError } from '../orders/domain/order.errors.js';
import { OrderBehindError } from '../orders/queries/order-behind.error.js';
import { OrderNotFoundError } from '../orders/queries/order-not-found.error.js';
import { ClientGoneError, OverloadedError } from '../load/lane.js';
import { badRequest, problem, ProblemError, type Problem } from './problem.js';

/** The one place where errors become statuses. What is not known here is a 500 that tells nothing of the inside. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  return (
    loadProblem(error) ??
    requestProblem(error) ??
    domainProblem(error) ??
    readModelProblem(error) ??
    storeProblem(error) ??
    frameworkProblem(error) ??
    UNEXPECTED
  );
}

const UNEXPECTED = problem(
  500,
  'internal-error',
  'Something went wrong here. It has been logged with the correlation id of this answer.',
);

function loadProblem(error: unknown): Problem | undefined {
  if (error instanceof OverloadedError) {
    const detail =
      'The service has as many requests as it can take, and did nothing for this one. Send it again later, commands with ' +
      'the same Idempotency-Key.';
    return problem(503, 'overloaded', detail);
  }
  // Nobody reads it but the log; 499 is what proxies write there.
  if (error instanceof ClientGoneError) return problem(499, 'client-gone', error.message);
  return undefined;
}

function requestProblem(error: unknown): Problem | undefined {
  if (error instanceof OrderNotFoundError)
    return problem(404, 'order-not-found', error.message, { orderId: error.orderId });
  if (error instanceof AggregateNotFoundError) {
    const orderId = error.stream.id;
    return problem(404, 'order-not-found', `There is no order ${orderId}.`, { orderId });
  }
  if (error instanceof OrderExistsError) return problem(409, 'order-exists', error.message, { orderId: error.orderId });
  if (error instanceof ReferenceTakenError) {
    const { orderId, takenBy } = error;
    return problem(409, 'reference-taken', error.message, { orderId, takenBy });
  }
  if (error instanceof OrderVersionError) {
    const { orderId, expected, actual } = error;
    const facts = { orderId, expectedVersion: expected, ...(actual === undefined ? {} : { currentVersion: actual }) };
    return problem(412, 'version-mismatch', error.message, facts);
  }
  if (error instanceof IdempotencyKeyReusedError) {
    return problem(422, 'idempotency-key-reused', error.message, { orderId: error.orderId });
  }
  return undefined;
}

function domainProblem(error: unknown): Problem | undefined {
  if (!(error instanceof OrderRefusedError)) return undefined;
  const facts = Object.fromEntries(Object.entries(error).filter(([member]) => member !== 'name'));
  // The URL names the line, so a line that is not there is a page that is not there.
  return problem(error instanceof ProductNotOnOrderError ? 404 : 409, error.code, error.message, facts);
}

function readModelProblem(error: unknown): Problem | undefined {
  if (error instanceof OrderBehindError) return behind(error.orderId, error.wanted, 0);
  if (error instanceof ProjectionBehindError) return behind(error.stream.id, error.version, error.applied);
  if (error instanceof StreamParkedError) {
    const orderId = error.stream.id;
    const detail = `${error.projection} has stopped following order ${orderId} at version ${error.version}; see /admin/projections.`;
    return problem(503, 'order-parked', detail, { orderId, parkedVersion: error.version });
  }
  if (error instanceof InvalidArgumentError && error.argument === 'cursor')
    return badRequest([{ field: 'cursor', message: 'cursor must be one from an earlier page of the same list' }])
      .problem;
  if (error instanceof SubscriptionNotFoundError) {
    const detail = `There is no projection ${error.subscription}.`;
    return problem(404, 'projection-not-found', detail, { known: error.known });
  }
  if (error instanceof SubscriptionStateError) return problem(409, 'projection-state', error.message);
  return undefined;
}

function behind(orderId: string, wantedVersion: number, shownVersion: number): Problem {
  const detail = `Order ${orderId} is shown up to version ${shownVersion} so far, not ${wantedVersion}. Ask again.`;
  return problem(503, 'read-model-behind', detail, { orderId, wantedVersion, shownVersion });
}

function storeProblem(error: unknown): Problem | undefined {
  if (error instanceof ConcurrencyError || error instanceof CommitIdReusedError) {
    const detail = 'Too many commands at once for this order; nothing was changed by this one. Send it again.';
    return problem(503, 'order-busy', detail, { orderId: error.stream.id });
  }
  if (error instanceof StoreThrottledError)
    return problem(503, 'store-busy', 'The database is overloaded. Send it again later.');
  if (
    error instanceof StoreUnavailableError ||
    error instanceof TableNotFoundError ||
    error instanceof StoreAccessDeniedError
  ) {
    const detail =
      'The database cannot be used at the moment. Send it again later, commands with the same Idempotency-Key.';
    return problem(503, 'store-unavailable', detail);
  }
  if (error instanceof StoreOperationUnsupportedError) {
    return problem(
      501,
      'not-supported',
      'The local engine has no transactions, so no Idempotency-Key and no reference; see the log.',
    );
  }
  if (error instanceof EventTooLargeError || error instanceof CommitTooLargeError) {
    return problem(413, 'too-large', 'The order is larger than can be stored.', {
      bytes: error.bytes,
      limit: error.limit,
    });
  }
  return undefined;
}

/** Of Nest and Express: unknown route, malformed JSON, body too large, unsupported encoding. */
function frameworkProblem(error: unknown): Problem | undefined {
  if (!(error instanceof HttpException)) return undefined;
  const status = error.getStatus();
  if (status >= 500) return undefined;
  if (isParseFailure(error.cause))
    return problem(status, 'malformed-json', `The body is not valid JSON: ${error.message}.`);
  return problem(status, FRAMEWORK_CODES[status] ?? 'malformed-request', error.message);
}

function isParseFailure(cause: unknown): boolean {
  return cause instanceof SyntaxError && (cause as { type?: unknown }).type === 'entity.parse.failed';
}

const FRAMEWORK_CODES: Readonly<Record<number, string>> = {
  404: 'not-found',
  405: 'method-not-allowed',
  413: 'body-too-large',
  415: 'unsupported-media-type',
};
