import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Logger } from '@nestjs/common';
import { requestContext } from './request-context.js';

export const CORRELATION_HEADER = 'X-Correlation-Id';

const logger = new Logger('Http');

/**
 * Gives every request a correlation id, taken from its header or made, sends it back, and writes one line when the
 * answer is out. Runs before everything else, so that refused and unknown requests are logged as well.
 */
export function requestLog(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  const startedAt = performance.now();
  const path = request.url?.split('?', 1)[0] ?? '/';
  const correlationId = correlationIdOf(request);
  response.setHeader(CORRELATION_HEADER, correlationId);
  const clientGone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) clientGone.abort();
    const orderId = orderIdOf(response, path);
    logger.log({
      method: request.method,
      path,
      status: response.statusCode,
      ms: Math.round((performance.now() - startedAt) * 10) / 10,
      ...(orderId === undefined ? {} : { orderId }),
      correlationId,
      ...(response.writableFinished ? {} : { aborted: true }),
    });
  });
  requestContext.run({ correlationId, clientGone: clientGone.signal }, next);
}

/** Anything that is short and harmless in a log and a header; otherwise a new one. */
function correlationIdOf(request: IncomingMessage): string {
  const given = request.headers[CORRELATION_HEADER.toLowerCase()];
  return typeof given === 'string' && /^[\x21-\x7e]{1,128}$/.test(given) ? given : randomUUID();
}

/** A new order is named only by the `Location` of the answer. */
function orderIdOf(response: ServerResponse, path: string): string | undefined {
  const location = response.getHeader('Location');
  const encoded = /^\/orders\/([^/]+)/.exec(typeof location === 'string' ? location : path)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
