import type { IncomingMessage } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { badRequest } from '../../http/problem.js';
import type { OrderVersion } from '../read-model/own-writes.js';
import { VERSION } from './field-rules.js';
import { ORDER_ID } from './order-requests.js';

/** Hands a handler method the version in `X-Min-Version`. */
export const MinVersion = createParamDecorator((_data: unknown, context: ExecutionContext): number | undefined => {
  const text = context.switchToHttp().getRequest<IncomingMessage>().headers['x-min-version'];
  if (text === undefined) return undefined;
  if (typeof text === 'string' && VERSION.test(text)) return Number(text);
  throw badRequest([{ field: 'X-Min-Version', message: 'X-Min-Version must be a version: a whole number from 1' }]);
});

/** `<orderId>@<version>`; the id may hold the separator too. @throws ProblemError 400 */
export function parseAfter(text: string | undefined): OrderVersion | undefined {
  if (text === undefined) return undefined;
  const at = text.lastIndexOf('@');
  const [orderId, version] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
  if (ORDER_ID.test(orderId) && VERSION.test(version)) return { orderId, version: Number(version) };
  throw badRequest([{ field: 'after', message: 'after must be an order and its version, such as o-1@3' }]);
}
