import type { IncomingMessage } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { badRequest } from '../../http/problem.js';
import type { CommandControl } from '../commands/order-command.js';

/** Hands a handler method what `If-Match` and `Idempotency-Key` ask for. */
export const Control = createParamDecorator((_data: unknown, context: ExecutionContext): CommandControl => {
  const { headers } = context.switchToHttp().getRequest<IncomingMessage>();
  const ifMatch = headers['if-match'];
  const idempotencyKey = headers['idempotency-key'];
  return {
    ...(ifMatch === undefined ? {} : { expectedVersion: parseIfMatch(ifMatch) }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey: parseIdempotencyKey(idempotencyKey) }),
  };
});

/** The `ETag` of an order at a version. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/**
 * One strong entity tag with a version, or `*` for an order in whatever version. A weak tag never matches by the rules of
 * HTTP and a list cannot be meant, so both are refused rather than answered with a mismatch.
 * @throws ProblemError 400
 */
export function parseIfMatch(header: string): number | 'any' {
  const text = header.trim();
  if (text === '*') return 'any';
  const version = /^"(0|[1-9]\d{0,14})"$/.exec(text)?.[1];
  if (version === undefined) {
    throw badRequest([
      { field: 'If-Match', message: 'If-Match must be one version in double quotes, such as "3", or *' },
    ]);
  }
  return Number(version);
}

/** @throws ProblemError 400 */
export function parseIdempotencyKey(header: string | string[]): string {
  const text = Array.isArray(header) ? header.join() : header.trim();
  if (!/^[\x20-\x7e]{1,255}$/.test(text)) {
    throw badRequest([
      { field: 'Idempotency-Key', message: 'Idempotency-Key must be 1 to 255 printable ASCII characters' },
    ]);
  }
  return text;
}
