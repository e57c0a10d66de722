import type { ConsumedCapacity, DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { itemBytes, type Item } from '../../libs/dynamo-event-store/src/dynamo/item-size.js';
import { testClient } from './dynamodb.js';

/** One request as it went over the wire; a retry of the SDK is a request of its own. */
export interface WireRequest {
  readonly operation: string;
  readonly input: Record<string, unknown>;
  /** What the engine charged for the table and its indexes; absent when it answered with an error. */
  capacity?: ConsumedCapacity;
  /** Items in the answer of a Query or Scan, and their bytes. */
  items?: number;
  bytes?: number;
}

/** What to do to a request instead of letting it through. `undefined`: let it through. */
export type Fault = 'drop-request' | 'drop-response' | 'throttle' | 'transaction-conflict' | undefined;

/**
 * A real client whose requests are written down, and on which chosen ones go wrong: the request never arrives, or it is
 * applied and the answer is lost. The SDK's own retries see an ordinary network failure.
 */
export interface RecordingClient {
  readonly client: DynamoDBClient;
  readonly requests: WireRequest[];
  /** `Query`, `PutItem`, … of the requests since the last `reset`. */
  operations(): string[];
  reset(): void;
  /** Asked for each request, with its place among all since the last `reset`, from 0. A promise holds the request back. */
  fault: (request: WireRequest, index: number) => Fault | Promise<Fault>;
}

export function recordingClient(config: DynamoDBClientConfig = {}): RecordingClient {
  const client = testClient(config);
  const recording: RecordingClient = {
    client,
    requests: [],
    operations: () => recording.requests.map(({ operation }) => operation),
    reset: () => {
      recording.requests.length = 0;
      recording.fault = () => undefined;
    },
    fault: () => undefined,
  };
  client.middlewareStack.add(
    (next, context) => (args) => next({ ...args, input: withCapacity(String(context.commandName), args.input) }),
    { step: 'initialize', name: 'askForCapacity' },
  );
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const operation = String(context.commandName).replace(/Command$/, '');
      const request: WireRequest = { operation, input: args.input as Record<string, unknown> };
      recording.requests.push(request);
      const fault = await recording.fault(request, recording.requests.length - 1);
      if (fault === 'drop-request') throw networkFailure('the request was lost');
      if (fault === 'throttle') throw throttling();
      if (fault === 'transaction-conflict') throw transactionConflict();
      if (fault === 'drop-response') {
        await next(args).catch(() => undefined);
        throw networkFailure('the answer was lost');
      }
      const result = await next(args);
      const { ConsumedCapacity: capacity, Items: items } = result.output as {
        ConsumedCapacity?: ConsumedCapacity;
        Items?: Item[];
      };
      if (capacity !== undefined) request.capacity = capacity;
      if (items !== undefined) {
        request.items = items.length;
        request.bytes = items.reduce((sum, item) => sum + itemBytes(item), 0);
      }
      return result;
    },
    { step: 'deserialize', priority: 'high', name: 'record' },
  );
  return recording;
}

function withCapacity(command: string, input: object): object {
  return /^(?:PutItem|GetItem|Query|Scan|UpdateItem|DeleteItem|BatchWriteItem|TransactWriteItems)Command$/.test(command)
    ? { ...input, ReturnConsumedCapacity: 'INDEXES' }
    : input;
}

function networkFailure(message: string): Error {
  return Object.assign(new Error(message), { name: 'TimeoutError', code: 'ECONNRESET' });
}

function throttling(): Error {
  return Object.assign(new Error('Rate exceeded'), {
    name: 'ThrottlingException',
    $fault: 'client',
    $retryable: { throttling: true },
    $metadata: { httpStatusCode: 400 },
  });
}

/** Another transaction has an item of this one. */
function transactionConflict(): Error {
  return Object.assign(new Error('Transaction cancelled'), {
    name: 'TransactionCanceledException',
    $fault: 'client',
    $metadata: { httpStatusCode: 400 },
    CancellationReasons: [{ Code: 'TransactionConflict' }, { Code: 'None' }],
  });
}
