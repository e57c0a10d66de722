import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../libs/dynamo-event-store/src/dynamo/item-size.js';

/** What a piece of work has cost: requests by operation, and their units. */
export interface Measured {
  readonly requests: Readonly<Record<string, number>>;
  readonly writeUnits: number;
  readonly readUnits: number;
}

/** Something that carries out requests, and tells what they cost. */
export interface MeteredEngine {
  readonly name: string;
  readonly client: DynamoDBClient;
  measure(work: () => Promise<unknown>): Promise<Measured>;
  /** All items under a partition key, by sort key. */
  itemsOf(table: string, partitionKey: string): Promise<Item[]>;
  close(): void;
}
