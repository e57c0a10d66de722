/** A command of the SDK, by what tells the type of its answer. */
export interface StreamsCommand<Output> {
  readonly input: object;
  resolveMiddleware(...args: never[]): (args: never) => Promise<{ readonly output: Output }>;
}

/** What `DynamoDBStreamsClient` has in common with its simulation. */
export interface SimulatedStreamsClient {
  send<Output>(command: StreamsCommand<Output>, options?: { readonly abortSignal?: AbortSignal }): Promise<Output>;
  destroy(): void;
}
