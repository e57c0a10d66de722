import type { DynamoEventStoreOptions } from 'nestjs-dynamo-event-store';

export interface ReadingConfig {
  readonly tableName: string;
  readonly clientConfig: NonNullable<DynamoEventStoreOptions['clientConfig']>;
  readonly id: string;
  readonly way: 'inALoop' | 'inBatches' | 'reduced' | 'loaded' | 'collected';
}

/** What a process has found in the stream. */
export interface Reading {
  readonly version: number;
  readonly characters: number;
}
