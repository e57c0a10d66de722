import { metadata } from './errors.js';
import type { Operation } from './operations/dispatch.js';
import { Pending, type Database } from './operations/database.js';
import type { TransactionTokens } from './operations/transaction-tokens.js';
import { deepCopy } from './values/attribute-value.js';
import type { VirtualTime } from './virtual-time.js';

interface Command {
  readonly input: object;
}

interface SendOptions {
  readonly abortSignal?: AbortSignal;
}

type Answer = { readonly output: object } | { readonly error: Error };

/** The part of the SDK's client that a caller of commands needs. */
export class SimulatedClient {
  constructor(
    private readonly operationOf: (command: object) => Operation,
    private readonly database: Database,
    private readonly tokens: TransactionTokens,
    private readonly time: VirtualTime | undefined,
    private readonly latencyMs: () => number,
  ) {}

  send(command: Command, { abortSignal }: SendOptions = {}): Promise<object> {
    const { time } = this;
    // The caller may change its input as soon as it has sent it.
    const input = deepCopy(command.input);
    if (abortSignal?.aborted === true) return Promise.reject(aborted());
    if (time === undefined) return settled(this.#apply(command, input));
    return new Promise((resolve, reject) => {
      const answer = (answered: Answer): void => {
        time.schedule(this.latencyMs(), () => {
          if ('output' in answered) resolve(answered.output);
          else reject(answered.error);
        });
      };
      time.schedule(this.latencyMs(), () => {
        const applied = this.#apply(command, input);
        if (applied instanceof Pending)
          time.schedule(applied.afterMs, () => {
            answer(attempt(applied.finish));
          });
        else answer(applied);
      });
      // The request is under way and may still be carried out.
      abortSignal?.addEventListener('abort', () => {
        reject(aborted());
      });
    });
  }

  destroy(): void {
    // Nothing is open. As with the SDK's client, other clients go on.
  }

  #apply(command: Command, input: object): Answer | Pending<object> {
    const answered = attempt(() => {
      const { name, run } = this.operationOf(command);
      this.database.beginRequest(name);
      return run(input, this.database, this.tokens);
    });
    return 'output' in answered && answered.output instanceof Pending ? (answered.output as Pending<object>) : answered;
  }
}

function attempt(run: () => object): Answer {
  try {
    const output = run();
    return { output: output instanceof Pending ? output : { $metadata: metadata(200), ...output } };
  } catch (error) {
    return { error: error as Error };
  }
}

function settled(applied: Answer | Pending<object>): Promise<object> {
  const answered = applied instanceof Pending ? attempt(() => applied.finish()) : applied;
  return 'output' in answered ? Promise.resolve(answered.output) : Promise.reject(answered.error);
}

function aborted(): Error {
  return Object.assign(new Error('Request aborted'), { name: 'AbortError' });
}
