/** A running engine, whoever shares it. */
export interface Engine {
  readonly name: 'dynamodb-local' | 'dynalite';
  readonly endpoint: string;
  /** Process id of DynamoDB Local; dynalite runs in this process. */
  readonly pid?: number;
  /** Settles when the engine has ended, asked to or not; never rejects. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}
