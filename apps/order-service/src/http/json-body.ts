import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { badRequest, fieldPath, problem, ProblemError } from './problem.js';

const LIMIT = '100kb';

/** Levels of objects and lists. The deepest request has three; recursive code takes some thousands. */
export const MAX_DEPTH = 32;

const JSON_TYPE = /^application\/json\s*(;|$)/i;
const CHARSET = /;\s*charset\s*=\s*"?([^\s";]+)/i;

/**
 * Reads bodies as JSON in UTF-8, and nothing else. Forms and plain text in particular: a browser sends those to any site,
 * for any page, without asking first.
 */
export function readJsonBodies(app: NestExpressApplication): void {
  app.use(acceptOnlyJson);
  app.useBodyParser('raw', { type: (request: IncomingMessage) => !hasNoBody(request), limit: LIMIT });
  app.use(parseBody);
}

function acceptOnlyJson(request: IncomingMessage, _response: ServerResponse, next: (error?: unknown) => void): void {
  const { 'content-type': type, 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  const sendsNothing = type === undefined && encoding === undefined && (length === undefined || length === '0');
  if (hasNoBody(request) || sendsNothing || isJson(type)) next();
  else next(new ProblemError(UNSUPPORTED_MEDIA_TYPE));
}

const UNSUPPORTED_MEDIA_TYPE = problem(
  415,
  'unsupported-media-type',
  'The body must be JSON in UTF-8, sent with Content-Type: application/json.',
);

/** A body of these means nothing, and is not looked at. */
function hasNoBody({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

function isJson(type: string | undefined): boolean {
  if (type === undefined || !JSON_TYPE.test(type)) return false;
  const charset = CHARSET.exec(type)?.[1];
  return charset === undefined || /^utf-?8$/i.test(charset);
}

function parseBody(
  request: IncomingMessage & { body?: unknown },
  _response: ServerResponse,
  next: (error?: unknown) => void,
): void {
  try {
    if (Buffer.isBuffer(request.body)) request.body = parseJson(request.body);
    next();
  } catch (error) {
    next(error);
  }
}

/**
 * The object or list that a body holds; an empty body is an empty object.
 * @throws ProblemError 400 It is not JSON, not well-formed Unicode, or nested too deep.
 */
export function parseJson(bytes: Uint8Array): object {
  if (bytes.length === 0) return {};
  const value = parsed(decoded(bytes));
  if (typeof value !== 'object' || value === null) throw malformed('it must be an object');
  checkParts(value);
  return value;
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('it is not UTF-8');
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(error instanceof Error ? error.message : String(error));
  }
}

function malformed(reason: string): ProblemError {
  return new ProblemError(problem(400, 'malformed-json', `The body is not valid JSON: ${reason}.`));
}

/** Not recursive, so that no depth is too deep for the check itself. */
function checkParts(body: object): void {
  const rest: { value: unknown; path: string; depth: number }[] = [{ value: body, path: '', depth: 1 }];
  for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
    const { value, path, depth } = part;
    if (typeof value === 'string') checkText(value, path);
    if (typeof value !== 'object' || value === null) continue;
    if (depth > MAX_DEPTH) throw badRequest([{ field: path, message: `must not be nested deeper than ${MAX_DEPTH}` }]);
    for (const [name, inner] of Object.entries(value)) {
      const place = fieldPath(path, name);
      checkText(name, place);
      rest.push({ value: inner, path: place, depth: depth + 1 });
    }
  }
}

/** JSON can spell half of a surrogate pair, which no key, index or other program can hold. */
function checkText(text: string, field: string): void {
  if (!text.isWellFormed()) throw badRequest([{ field, message: 'must be well-formed Unicode' }]);
}
