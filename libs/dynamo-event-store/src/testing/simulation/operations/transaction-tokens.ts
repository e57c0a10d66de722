import type { TransactWriteItem, TransactWriteItemsCommandInput } from '@aws-sdk/client-dynamodb';
import { isDeepStrictEqual } from 'node:util';
import { tokenReused, transactionInProgress, validationError } from '../errors.js';

const VALID_MS = 10 * 60 * 1_000;
const MAX_LENGTH = 36;

interface Known {
  readonly items: readonly TransactWriteItem[] | undefined;
  /** When it was completed; `undefined` while it runs. */
  completedAt: number | undefined;
}

/** What a transaction tells of itself; a request without a token tells it to nobody. */
export interface TokenUse {
  start(): void;
  succeed(now: number | undefined): void;
  end(): void;
}

const WITHOUT_TOKEN: TokenUse = { start: () => undefined, succeed: () => undefined, end: () => undefined };

/** Client request tokens. One is known for 10 minutes after its transaction was completed; where no time passes, for ever. */
export class TransactionTokens {
  readonly #known = new Map<string, Known>();

  /**
   * `'repeated'` when the same request has been completed already.
   * @throws IdempotentParameterMismatchException The token belongs to another request.
   * @throws TransactionInProgressException The same request is being carried out.
   */
  begin(input: TransactWriteItemsCommandInput, now: number | undefined): TokenUse | 'repeated' {
    const { ClientRequestToken: token, TransactItems: items } = input;
    if (token === undefined || token === '') return WITHOUT_TOKEN;
    if (token.length > MAX_LENGTH)
      throw validationError(
        `1 validation error detected: Value '${token}' at 'clientRequestToken' failed to satisfy constraint: ` +
          `Member must have length less than or equal to ${MAX_LENGTH}`,
      );
    this.#forget(now);
    const known = this.#known.get(token);
    if (known === undefined) return this.#use(token, { items, completedAt: undefined });
    if (!isDeepStrictEqual(known.items, items)) throw tokenReused();
    if (known.completedAt === undefined) throw transactionInProgress();
    return 'repeated';
  }

  #use(token: string, known: Known): TokenUse {
    return {
      start: () => {
        this.#known.set(token, known);
      },
      succeed: (now) => {
        known.completedAt = now ?? Infinity;
        this.#known.delete(token);
        this.#known.set(token, known);
      },
      end: () => {
        // A transaction that failed leaves its token free.
        if (known.completedAt === undefined) this.#known.delete(token);
      },
    };
  }

  #forget(now = -Infinity): void {
    for (const [token, { completedAt }] of this.#known) {
      if (completedAt === undefined) continue;
      if (completedAt + VALID_MS >= now) break;
      this.#known.delete(token);
    }
  }
}
