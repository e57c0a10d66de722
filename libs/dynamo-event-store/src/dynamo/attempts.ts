import { isUnanswered } from './dynamo-errors.js';

/** Below the SDK's retries, so that it is called once for each attempt. */
const PLACE = {
  step: 'finalizeRequest',
  priority: 'low',
  name: 'nestjsDynamoEventStoreAttempts',
  override: true,
} as const;

interface Arguments {
  readonly input: object;
}

type Handler = (args: Arguments) => Promise<unknown>;

/** A command of the SDK, as far as attempts are concerned. Its own types want a middleware for every kind of command. */
interface Watchable {
  readonly middlewareStack?: { add(middleware: (next: Handler) => Handler, place: typeof PLACE): void };
}

/** Inputs of which an attempt ended without an answer. */
const unanswered = new WeakSet<object>();
/** Errors of requests all of whose attempts were seen to be refused. */
const refusedThroughout = new WeakSet<object>();

/** The SDK tells of a request that failed only how its last attempt ended. */
function watch(next: Handler): Handler {
  return async (args) => {
    try {
      return await next(args);
    } catch (error) {
      if (isUnanswered(error)) unanswered.add(args.input);
      else if (!unanswered.has(args.input)) refusedThroughout.add(error as object);
      throw error;
    }
  };
}

/** The command, with its attempts watched: `mayBeCarriedOut` then knows more. */
export function watched<C extends object>(command: C): C {
  (command as Watchable).middlewareStack?.add(watch, PLACE);
  return command;
}

/**
 * Whether a request that failed may have been carried out. Of several attempts the last one says nothing about the others;
 * where they were not watched, because the client keeps the middleware of an earlier command, they count as unanswered.
 */
export function mayBeCarriedOut(error: unknown): boolean {
  if (isUnanswered(error)) return true;
  const { attempts = 1 } = (error as { readonly $metadata?: { readonly attempts?: number } }).$metadata ?? {};
  return attempts > 1 && !refusedThroughout.has(error as object);
}
