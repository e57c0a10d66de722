import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { OnApplicationShutdown } from '@nestjs/common';
import { createDynamoClient } from '../dynamo/dynamo-client.js';
import { checkOptions, type DynamoEventStoreOptions } from '../dynamo/dynamo-event-store.js';
import { clientOf, type ReplacedStore } from './replaced-store.js';

/**
 * Gives a store its client. It is made apart from the store, so that `overrideProvider(DynamoDBClient)` reaches the store,
 * its read models and its timers.
 */
export class StoreClient implements OnApplicationShutdown {
  private own: DynamoDBClient | undefined;

  /** @throws InvalidDefinitionError Lists every option at fault. */
  constructor(
    private readonly options: DynamoEventStoreOptions,
    private readonly replaced: ReplacedStore | undefined,
  ) {
    if (replaced === undefined) checkOptions(options);
  }

  get client(): DynamoDBClient {
    if (this.replaced !== undefined) return clientOf(this.replaced);
    return this.options.client ?? (this.own ??= createDynamoClient(this.options.clientConfig));
  }

  /** A client of the application is left alone. */
  onApplicationShutdown(): void {
    this.own?.destroy();
    this.own = undefined;
  }
}
