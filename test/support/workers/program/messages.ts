import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/** The first argument of the program, as JSON. */
export interface WorkerConfig {
  readonly tableName: string;
  readonly clientConfig: Pick<DynamoDBClientConfig, 'endpoint' | 'region' | 'credentials'>;
}

/** What the program sends once, when it can take commands. */
export const READY = 'ready';

export interface DepositCommand {
  readonly id: string;
  readonly accountId: string;
  readonly amount: number;
  readonly idempotencyKey?: string;
  /** Whether to keep the version back, as if the worker had died between the commit and the answer. */
  readonly withholdVersion?: boolean;
}

/** A conflict that the store reported to the repository. */
export interface Refusal {
  readonly commandId: string;
  readonly accountId: string;
  /** The version of the event that could not be stored. */
  readonly version: number;
}

/** What a worker did since its last answer, for any of its commands. */
export interface Activity {
  /** As sent over the wire; a retry of the SDK is a request of its own. */
  readonly requests: number;
  readonly refusals: readonly Refusal[];
}

export type Outcome =
  | { readonly kind: 'done'; readonly version: number }
  | { readonly kind: 'withheld' }
  | { readonly kind: 'failed'; readonly error: string };

export interface Answer {
  readonly commandId: string;
  readonly outcome: Outcome;
  readonly activity: Activity;
}
