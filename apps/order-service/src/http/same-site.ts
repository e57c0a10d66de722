import type { IncomingMessage, ServerResponse } from 'node:http';
import { problem, ProblemError } from './problem.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Rejects commands that a page of another site has a browser send. A POST without a body needs no preflight, so the media
 * type alone does not keep such pages out. Clients that are no browsers send neither header.
 */
export function rejectOtherSites(
  request: IncomingMessage,
  _response: ServerResponse,
  next: (e?: unknown) => void,
): void {
  if (SAFE_METHODS.has(request.method ?? '') || isOfThisSite(request)) next();
  else next(new ProblemError(problem(403, 'cross-site-request', 'Pages of other sites cannot send commands.')));
}

function isOfThisSite({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin, host } = headers;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}
