import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  IdempotentParameterMismatchException,
  ResourceInUseException,
  ResourceNotFoundException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
  type CancellationReason,
} from '@aws-sdk/client-dynamodb';
import type { Item } from '../../dynamo/item-size.js';

/** What the SDK adds to every answer, good or bad. One attempt: the model has no retries. */
export function metadata(httpStatusCode: number): {
  httpStatusCode: number;
  attempts: number;
  totalRetryDelay: number;
} {
  return { httpStatusCode, attempts: 1, totalRetryDelay: 0 };
}

const refusal = (message: string): { message: string; $metadata: ReturnType<typeof metadata> } => ({
  message,
  $metadata: metadata(400),
});

/** The SDK has no class of its own for it. */
export function validationError(message: string): DynamoDBServiceException {
  return new DynamoDBServiceException({ name: 'ValidationException', $fault: 'client', ...refusal(message) });
}

export function isValidationError(error: unknown): error is DynamoDBServiceException {
  return error instanceof DynamoDBServiceException && error.name === 'ValidationException';
}

export const CONDITION_FAILED = 'The conditional request failed';
export const TRANSACTION_ONGOING = 'Transaction is ongoing for the item';

export function conditionFailed(item: Item | undefined): ConditionalCheckFailedException {
  return new ConditionalCheckFailedException({
    ...refusal(CONDITION_FAILED),
    ...(item === undefined ? {} : { Item: item }),
  });
}

export function transactionCanceled(reasons: CancellationReason[]): TransactionCanceledException {
  const codes = reasons.map(({ Code = 'None' }) => Code).join(', ');
  return new TransactionCanceledException({
    ...refusal(`Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`),
    CancellationReasons: reasons,
  });
}

export function transactionConflict(): TransactionConflictException {
  return new TransactionConflictException(refusal(TRANSACTION_ONGOING));
}

export function transactionInProgress(): TransactionInProgressException {
  return new TransactionInProgressException(
    refusal('The transaction with the given request token is already in progress.'),
  );
}

export function tokenReused(): IdempotentParameterMismatchException {
  return new IdempotentParameterMismatchException(
    refusal(
      'A request with the same client token but other parameters was made within the last 10 minutes: an idempotent ' +
        'token may be used again only with the same request.',
    ),
  );
}

export function tableNotFound(): ResourceNotFoundException {
  return new ResourceNotFoundException(refusal('Requested resource not found'));
}

export function tableExists(name: string): ResourceInUseException {
  return new ResourceInUseException(refusal(`Table already exists: ${name}`));
}

/** Not an answer of DynamoDB: the request uses something that the model lacks, and must not seem to work. */
export class NotSimulatedError extends Error {
  override readonly name = 'NotSimulatedError';

  constructor(what: string) {
    super(`The simulated DynamoDB does not have ${what}.`);
  }
}

/** The value, or an answer that says what is missing. */
export function required<T>(value: T | undefined, name: string): T {
  if (value !== undefined) return value;
  throw validationError(
    `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
  );
}
