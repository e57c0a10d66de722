import type {
  ConditionalCheckFailedException,
  DynamoDBClient,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { StoreThrottledError, type FailedRequest } from '../errors/request-errors.js';
import type { Backoff } from '../store/backoff.js';
import { toEventStoreError } from './dynamo-errors.js';

/** Tries of a request that another transaction, or a lack of capacity inside one, stands in the way of. */
const TRANSIENT_ATTEMPTS = 12;

const CONDITION = 'ConditionalCheckFailed';

/** A condition did not hold: an answer, not a failure. */
export type Refusal = ConditionalCheckFailedException | TransactionCanceledException;

/**
 * Sends requests, waits out what is over in a moment, and turns failures into the library's errors. The SDK retries a
 * throttled request itself, but neither a transaction nor a write that meets one.
 */
export class DynamoRequests {
  constructor(
    private readonly client: () => DynamoDBClient,
    private readonly backoff: Backoff,
  ) {}

  /** Waits before attempt `attempt`. */
  pause(attempt: number): Promise<void> {
    return this.backoff(attempt - 1);
  }

  async send<T>(request: FailedRequest, call: (client: DynamoDBClient) => Promise<T>): Promise<T> {
    const answer = await this.sendConditional(request, call);
    if ('refusal' in answer) throw toEventStoreError(answer.refusal, request);
    return answer.output;
  }

  /** Like `send`, for requests with conditions. */
  async sendConditional<T>(
    request: FailedRequest,
    call: (client: DynamoDBClient) => Promise<T>,
  ): Promise<{ readonly output: T } | { readonly refusal: Refusal }> {
    for (let attempt = 1; ; attempt++) {
      try {
        return { output: await call(this.client()) };
      } catch (cause) {
        if (isRefusal(cause)) return { refusal: cause };
        const error = toEventStoreError(cause, request);
        const isTransient = error instanceof StoreThrottledError && isTransactional(cause);
        if (!isTransient || attempt >= TRANSIENT_ATTEMPTS) throw error;
      }
      await this.backoff(attempt);
    }
  }
}

// By name: the client passed in may come from another copy of the SDK, whose classes are others.
function isRefusal(cause: unknown): cause is Refusal {
  const { name } = cause as Partial<Error>;
  if (name !== 'TransactionCanceledException') return name === 'ConditionalCheckFailedException';
  const reasons = reasonsOf(cause);
  return reasons.includes(CONDITION) && reasons.every((reason) => reason === 'None' || reason === CONDITION);
}

function reasonsOf(cause: unknown): string[] {
  const { CancellationReasons: reasons = [] } = cause as Partial<TransactionCanceledException>;
  return reasons.map(({ Code = 'None' }) => Code);
}

function isTransactional(cause: unknown): boolean {
  return /^(?:Transaction|ReplicatedWriteConflict)/.test((cause as Partial<Error>).name ?? '');
}
