import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import * as sdk from '@aws-sdk/client-dynamodb';
import { sendOf, type Command } from './client-seam.js';

export interface SdkRetriesOptions {
  /** Tries of a request, the first one included. Default 3. */
  readonly maxAttempts?: number;
  /** Waits before a retry. Default: the system's timer. With virtual time, its `pause`. */
  readonly pause?: (ms: number) => Promise<void>;
}

/** ms before the first retry; doubled for each further one. */
const FIRST_PAUSE_MS = 10;

/** Nothing is looked up in files or the environment, which would take real time. */
const SETTINGS = {
  region: 'local',
  endpoint: 'http://127.0.0.1:9',
  credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  retryMode: 'standard',
  defaultsMode: 'standard',
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
  accountIdEndpointMode: 'disabled',
  endpointDiscoveryEnabled: false,
  userAgentAppId: '',
  authSchemePreference: [],
  cacheMiddleware: true,
} as const satisfies sdk.DynamoDBClientConfig;

/**
 * The SDK's client with its own retries, over a client that has none: faults of `injectFaults` then befall each attempt, and the
 * store sees what the SDK makes of them. For a simulated database; on a real one use `startFaultProxy`.
 *
 * ```ts
 * const faulty = injectFaults(database.client, { seed, rates, pause: (ms) => time.pause(ms) });
 * const client = withSdkRetries(faulty.client, { pause: (ms) => time.pause(ms) });
 * ```
 *
 * @param client Anything with `send(command)`; gets commands of `@aws-sdk/client-dynamodb`. Signals to abort do not reach it.
 */
export function withSdkRetries(client: sdk.DynamoDBClient, options: SdkRetriesOptions = {}): sdk.DynamoDBClient {
  const { maxAttempts = 3, pause = wait } = options;
  const outer = new sdk.DynamoDBClient({ ...SETTINGS, maxAttempts, retryStrategy: retryStrategy(maxAttempts, pause) });
  const send = sendOf(client);
  outer.middlewareStack.remove('httpSigningMiddleware');
  outer.middlewareStack.add(
    (next, context) => (args) => next({ ...args, input: withToken(String(context.commandName), args.input) }),
    { step: 'initialize', name: 'giveToken' },
  );
  outer.middlewareStack.add(
    (_next, context) => async (args) => ({
      output: (await send(commandOf(String(context.commandName), args.input))) as sdk.ServiceOutputTypes,
      response: undefined,
    }),
    { step: 'deserialize', priority: 'high', name: 'sendToOther' },
  );
  return outer;
}

/** The SDK makes the token of a transaction once for all its tries. */
function withToken(commandName: string, input: sdk.ServiceInputTypes): sdk.ServiceInputTypes {
  return commandName === 'TransactWriteItemsCommand' ? { ClientRequestToken: randomUUID(), ...input } : input;
}

function commandOf(name: string, input: object): Command {
  const commands = sdk as unknown as Readonly<Record<string, (new (input: object) => Command) | undefined>>;
  const commandClass = commands[name.replace(/^_+/, '')];
  if (commandClass === undefined) throw new TypeError(`${name} is no command of @aws-sdk/client-dynamodb.`);
  return new commandClass(input);
}

/** As the SDK's own strategy, but waits where it is told to. */
function retryStrategy(
  maxAttempts: number,
  pause: (ms: number) => Promise<void>,
): NonNullable<sdk.DynamoDBClientConfig['retryStrategy']> {
  const token = (retries: number) => ({ getRetryCount: () => retries, getRetryDelay: () => 0, getRetryCost: () => 0 });
  return {
    mode: 'standard',
    acquireInitialRetryToken: () => Promise.resolve(token(0)),
    refreshRetryTokenForRetry: async (former, { errorType }) => {
      const retries = former.getRetryCount() + 1;
      if (retries >= maxAttempts || !(errorType === 'THROTTLING' || errorType === 'TRANSIENT'))
        throw new Error('No retry token available');
      await pause(FIRST_PAUSE_MS * 2 ** (retries - 1));
      return token(retries);
    },
    recordSuccess: () => undefined,
  };
}

async function wait(ms: number): Promise<void> {
  await delay(ms);
}
