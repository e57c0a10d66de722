import { badRequest } from '../../http/problem.js';
import type { AsOf } from '../queries/get-order-history.js';
import { isIsoTime, VERSION } from './field-rules.js';

/** Digits are a version, anything else must be a time. @throws ProblemError 400 */
export function parseAsOf(text: string | undefined): AsOf | undefined {
  if (text === undefined) return undefined;
  if (VERSION.test(text)) return Number(text);
  if (isIsoTime(text)) return new Date(text);
  throw badRequest([{ field: 'asOf', message: 'asOf must be a version from 1, or an ISO 8601 time with its offset' }]);
}
