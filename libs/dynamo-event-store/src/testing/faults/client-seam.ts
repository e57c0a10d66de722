import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** A command of the SDK, as far as this folder looks at it. */
export interface Command {
  readonly input: object;
}

export interface SendOptions {
  readonly abortSignal?: AbortSignal;
}

export type Send = (command: Command, options?: SendOptions) => Promise<unknown>;

/** The client's own `send`, without the types of each command. */
export function sendOf(client: DynamoDBClient): Send {
  const target = client as unknown as { send: Send };
  return (command, options) => (options === undefined ? target.send(command) : target.send(command, options));
}

/** A client that is the given one in everything but `send`. */
export function clientWith(client: DynamoDBClient, send: Send): DynamoDBClient {
  const refuseCallbacks: Send = (command, ...rest: unknown[]) => {
    if (rest.some((argument) => typeof argument === 'function'))
      throw new TypeError('This client has no callbacks: await the promise that send returns.');
    return send(command, rest[0] as SendOptions | undefined);
  };
  return Object.create(client, {
    send: { value: refuseCallbacks },
    // A client of another make may have private members, which only the object itself can reach.
    destroy: {
      value: () => {
        client.destroy();
      },
    },
  }) as DynamoDBClient;
}

export function operationOf(command: Command): string {
  // Bundlers put underscores before names that occur twice.
  return command.constructor.name.replace(/^_+/, '').replace(/Command$/, '');
}

/** The same command with another input; what was added to its middleware stays. */
export function withInput(command: Command, input: object): Command {
  return Object.assign(Object.create(Object.getPrototypeOf(command) as object) as Command, command, { input });
}
