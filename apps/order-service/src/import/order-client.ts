import { setTimeout as delay } from 'node:timers/promises';

/** The service refused a command, or could not be reached, after all attempts. */
export class CommandFailedError extends Error {
  override readonly name = 'CommandFailedError';
  constructor(
    readonly command: string,
    /** HTTP status; `undefined` without an answer. */
    readonly status: number | undefined,
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`${command}: ${status === undefined ? '' : `${status} `}${detail}`, options);
  }

  /** The order is not as the command needs it: it exists with other content, or has moved on. */
  get isConflict(): boolean {
    return this.status === 409 || this.status === 412 || this.status === 422;
  }
}

const ATTEMPTS = 6;
const LIMIT_MS = 30_000;
const LONGEST_PAUSE_MS = 5_000;

/** Sends commands to a running service. A command is repeated while the service cannot take it, which its key makes safe. */
export class OrderClient {
  constructor(private readonly baseUrl: string) {}

  /** @throws CommandFailedError */
  async checkHealth(): Promise<void> {
    let response: Response;
    try {
      response = await fetch(new URL('/health', this.baseUrl), { signal: AbortSignal.timeout(LIMIT_MS) });
    } catch (error) {
      throw new CommandFailedError('GET /health', undefined, `${this.baseUrl} does not answer (${reasonOf(error)})`, {
        cause: error,
      });
    }
    if (!response.ok) throw new CommandFailedError('GET /health', response.status, await detailOf(response));
  }

  /**
   * @returns Whether the service had done this command before.
   * @throws CommandFailedError
   */
  async command(path: string, body: object, idempotencyKey: string): Promise<{ readonly repeated: boolean }> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.post(path, body, idempotencyKey);
      if (outcome instanceof Response && outcome.ok) {
        await outcome.body?.cancel();
        return { repeated: outcome.headers.get('Idempotency-Replayed') === 'true' };
      }
      const mayRetry = !(outcome instanceof Response) || outcome.status === 503 || outcome.status === 429;
      if (!mayRetry || attempt === ATTEMPTS) throw await failureOf(`POST ${path}`, outcome);
      await delay(pauseMs(outcome, attempt));
    }
  }

  private async post(path: string, body: object, idempotencyKey: string): Promise<Response | Error> {
    try {
      return await fetch(new URL(path, this.baseUrl), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': idempotencyKey },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(LIMIT_MS),
      });
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}

async function failureOf(command: string, outcome: Response | Error): Promise<CommandFailedError> {
  if (outcome instanceof Response) return new CommandFailedError(command, outcome.status, await detailOf(outcome));
  return new CommandFailedError(command, undefined, `no answer (${reasonOf(outcome)})`, { cause: outcome });
}

async function detailOf(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const { code, detail } = JSON.parse(text) as { code?: string; detail?: string };
    return `${code ?? ''}: ${detail ?? text}`;
  } catch {
    return text.slice(0, 200);
  }
}

/** What the service asks for, else a random share of a span that doubles. */
function pauseMs(outcome: Response | Error, attempt: number): number {
  const asked =
    outcome instanceof Response ? Number(outcome.headers.get('Retry-After') ?? Number.NaN) * 1_000 : Number.NaN;
  return Math.min(LONGEST_PAUSE_MS, Number.isNaN(asked) ? Math.random() * 100 * 2 ** attempt : asked);
}

/** fetch hides the reason in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return cause.message === '' ? ((cause as NodeJS.ErrnoException).code ?? cause.name) : cause.message;
}
