import * as sdk from '@aws-sdk/client-dynamodb';

/** What the SDK puts on every error of a service. The id tells which request of the log it belongs to. */
function metadata(
  index: number,
  httpStatusCode: number,
  attempts = 3,
): { $metadata: sdk.DynamoDBServiceException['$metadata'] } {
  return { $metadata: { httpStatusCode, requestId: `fault-${index}`, attempts, totalRetryDelay: 0 } };
}

/** Of a request that was refused and sent no more, so that it is known not to have been carried out. */
function refusal(index: number): ReturnType<typeof metadata> {
  return metadata(index, 400, 1);
}

const NETWORK_FAILURES = {
  ECONNRESET: { message: 'read ECONNRESET', errno: -104, syscall: 'read' },
  ETIMEDOUT: { message: 'the request has exceeded its time limit' },
};

/** A failure below HTTP, as the SDK's Node handler names it. Whether the request was carried out cannot be seen from it. */
export function networkFailure(index: number, code: keyof typeof NETWORK_FAILURES): Error {
  const { message, ...fields } = NETWORK_FAILURES[code];
  const { attempts, totalRetryDelay } = metadata(index, 0).$metadata;
  return Object.assign(
    new Error(message),
    { name: 'TimeoutError', code, ...fields },
    { $metadata: { attempts, totalRetryDelay } },
  );
}

export function serverError(index: number, status: 500 | 503): Error {
  if (status === 500)
    return new sdk.InternalServerError({ message: 'Internal server error', ...metadata(index, status) });
  const message = 'The service is temporarily unavailable';
  return new sdk.DynamoDBServiceException({
    name: 'ServiceUnavailable',
    $fault: 'server',
    message,
    ...metadata(index, status),
  });
}

export function throttling(
  index: number,
  name: 'ProvisionedThroughputExceededException' | 'ThrottlingException',
): Error {
  const init = { message: 'The rate of requests exceeds the allowed throughput', ...refusal(index) };
  if (name === 'ProvisionedThroughputExceededException') return new sdk.ProvisionedThroughputExceededException(init);
  // Older versions of the SDK, which are allowed too, have no class for it.
  const { ThrottlingException } = sdk as Partial<typeof sdk>;
  return ThrottlingException === undefined
    ? new sdk.DynamoDBServiceException({ name, $fault: 'client', ...init })
    : new ThrottlingException(init);
}

export function itemConflict(index: number): Error {
  return new sdk.TransactionConflictException({
    message: 'Transaction is ongoing for the item',
    ...refusal(index),
  });
}

const REASONS = {
  ThrottlingError: 'Throughput exceeds the current capacity',
  TransactionConflict: 'Transaction is ongoing for the item',
};

/** A cancelled transaction of `items` items: the reason on one of them, none on the others. */
export function cancelled(
  index: number,
  items: number,
  item: number,
  code: keyof typeof REASONS,
): sdk.TransactionCanceledException {
  const reasons = Array.from({ length: items }, (_, place) =>
    place === item ? { Code: code, Message: REASONS[code] } : { Code: 'None' },
  );
  const codes = reasons.map(({ Code }) => Code).join(', ');
  return new sdk.TransactionCanceledException({
    message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    CancellationReasons: reasons,
    ...refusal(index),
  });
}

/** As the SDK raises it when the caller's signal ends a request. */
export function aborted(): Error {
  return Object.assign(new Error('Request aborted'), { name: 'AbortError' });
}
