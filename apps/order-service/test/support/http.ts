import type { FieldError } from '../../src/http/problem.js';
import type { ShownOrder } from '../../src/orders/queries/get-order.js';

/** Whatever the service answers with; what is there depends on the request. */
export interface AnswerBody extends Partial<ShownOrder> {
  readonly items?: ShownOrder[];
  readonly cursor?: string;
  readonly code?: string;
  readonly title?: string;
  readonly type?: string;
  readonly detail?: string;
  readonly errors?: FieldError[];
}

/** An answer with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body, if it is JSON. */
  readonly body: AnswerBody;
}

export interface HistoryEntry {
  readonly version: number;
  readonly type: string;
  readonly eventId: string;
  readonly commitId: string;
  readonly recordedAt: string;
  readonly metadata: Record<string, unknown>;
  readonly event: Record<string, unknown>;
}

/** The verbs of the service at one address. A body that is a text is sent as it is, any other as JSON. */
export class OrdersApi {
  constructor(readonly url: string) {}

  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', path, headers);
  }

  post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', path, headers, body);
  }

  delete(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('DELETE', path, headers);
  }

  /** The history of an order; fails unless it is answered. */
  async events(orderId: string, asOf?: string): Promise<HistoryEntry[]> {
    const query = asOf === undefined ? '' : `?asOf=${encodeURIComponent(asOf)}`;
    const { status, text } = await this.get(`/orders/${orderId}/events${query}`);
    if (status !== 200) throw new Error(`the history was answered with ${status}: ${text}`);
    return JSON.parse(text) as HistoryEntry[];
  }

  private async send(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: unknown,
  ): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('Content-Type')?.includes('json') ?? false;
    const parsed = (isJson ? JSON.parse(text) : {}) as AnswerBody;
    return { status: response.status, headers: response.headers, text, body: parsed };
  }
}
