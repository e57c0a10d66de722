import type {
  ConditionalCheckFailedException,
  DynamoDBClient,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { StoreThrottledError, StoreUnavailableError, type FailedRequest } from '../errors/request-errors.js';
import type { Backoff } from '../store/backoff.js';
import { mayBeCarriedOut } from './attempts.js';
import { toEventStoreError } from './dynamo-errors.js';

/** Tries of a request that another transaction, or a lack of capacity inside one, stands in the way of. */
const TRANSIENT_ATTEMPTS = 12;

const CONDITION = 'ConditionalCheckFailed';

/** A condition did not hold: an answer, not a failure. */
export type Refusal = ConditionalCheckFailedException | TransactionCanceledException;

type Answer<T> = { readonly output: T } | { readonly refusal: Refusal };

/** `unknown`: the last attempt was refused, but an earlier one may have been carried out. */
export type WriteAnswer<T> = Answer<T> | { readonly unknown: StoreUnavailableError };

const REFUSED_AT_LAST = 'the last attempt was refused, but an earlier one may have been carried out';

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

  /** Sends a read. */
  async send<T>(request: FailedRequest, call: (client: DynamoDBClient) => Promise<T>): Promise<T> {
    return outputOf(request, await this.attempt(request, call));
  }

  /** Sends a write without conditions. */
  async sendWrite<T>(request: FailedRequest, call: (client: DynamoDBClient) => Promise<T>): Promise<T> {
    return outputOf(request, await this.sendConditional(request, call));
  }

  /** Sends a write with conditions. What may have been carried out by one of its attempts is no refusal. */
  async sendConditional<T>(request: FailedRequest, call: (client: DynamoDBClient) => Promise<T>): Promise<Answer<T>> {
    const answer = await this.tryWrite(request, call);
    if ('unknown' in answer) throw answer.unknown;
    return answer;
  }

  /** As `sendConditional`, for those who can look whether a write was carried out whose last attempt was refused. */
  async tryWrite<T>(request: FailedRequest, call: (client: DynamoDBClient) => Promise<T>): Promise<WriteAnswer<T>> {
    const answer = await this.attempt(request, call);
    if (!('failed' in answer)) return answer;
    const { failed, cause, isOpen } = answer;
    if (!isOpen || failed instanceof StoreUnavailableError) throw failed;
    return { unknown: new StoreUnavailableError(request, cause, REFUSED_AT_LAST) };
  }

  private async attempt<T>(
    request: FailedRequest,
    call: (client: DynamoDBClient) => Promise<T>,
  ): Promise<Answer<T> | Failure> {
    let isOpen = false;
    for (let attempt = 1; ; attempt++) {
      try {
        return { output: await call(this.client()) };
      } catch (cause) {
        if (isRefusal(cause)) return { refusal: cause };
        isOpen ||= mayBeCarriedOut(cause);
        const failed = toEventStoreError(cause, request);
        const isTransient = failed instanceof StoreThrottledError && isTransactional(cause);
        if (!isTransient || attempt >= TRANSIENT_ATTEMPTS) return { failed, cause, isOpen };
      }
      await this.backoff(attempt);
    }
  }
}

interface Failure {
  readonly failed: Error;
  readonly cause: unknown;
  /** Whether an attempt may have been carried out. */
  readonly isOpen: boolean;
}

function outputOf<T>(request: FailedRequest, answer: Answer<T> | Failure): T {
  if ('failed' in answer) throw answer.failed;
  if ('refusal' in answer) throw toEventStoreError(answer.refusal, request);
  return answer.output;
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
