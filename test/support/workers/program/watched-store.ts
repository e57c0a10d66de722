import {
  ConcurrencyError,
  DynamoEventStore,
  type AppendOptions,
  type DynamoEventStoreOptions,
  type StreamHead,
  type StreamId,
} from 'nestjs-dynamo-event-store';
import type { Deposited } from './account.js';
import type { Activity, Refusal } from './messages.js';

/** The real store, which also counts its requests and writes down the conflicts that it reports. */
export class WatchedStore extends DynamoEventStore {
  private requests = 0;
  private refusals: Refusal[] = [];

  constructor(options: DynamoEventStoreOptions) {
    super(options);
    this.client.middlewareStack.add(
      (next) => (args) => {
        this.requests += 1;
        return next(args);
      },
      { step: 'deserialize', priority: 'high', name: 'countRequests' },
    );
  }

  override async append(stream: StreamId, events: readonly object[], options: AppendOptions): Promise<StreamHead> {
    try {
      return await super.append(stream, events, options);
    } catch (error) {
      if (error instanceof ConcurrencyError) {
        const [{ commandId }] = events as [Deposited];
        this.refusals.push({ commandId, accountId: stream.id, version: error.expected + 1 });
      }
      throw error;
    }
  }

  /** What happened since the last call. */
  takeActivity(): Activity {
    const activity = { requests: this.requests, refusals: this.refusals };
    this.requests = 0;
    this.refusals = [];
    return activity;
  }
}
