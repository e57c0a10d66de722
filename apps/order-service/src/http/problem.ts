import { STATUS_CODES } from 'node:http';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** Problem details of RFC 9457, with a `code` that programs can switch on and whatever facts belong to it. */
export interface Problem {
  /** Names the kind of problem; not a page to visit. */
  readonly type: string;
  /** The same for every problem of the kind. */
  readonly title: string;
  readonly status: number;
  /** What happened this time and what to do. */
  readonly detail: string;
  readonly code: string;
  readonly [fact: string]: unknown;
}

/** One field of a request that is not as it must be. */
export interface FieldError {
  /** Path of the field, such as `lines[0].quantity`; a header by its name. */
  readonly field: string;
  readonly message: string;
}

/** Path of a member of an object or list, such as `lines[0].quantity`. */
export function fieldPath(parent: string, property: string): string {
  if (/^\d+$/.test(property)) return `${parent}[${property}]`;
  return parent === '' ? property : `${parent}.${property}`;
}

/** @param facts Further members; those of a problem itself win over a fact of the same name. */
export function problem(status: number, code: string, detail: string, facts: Record<string, unknown> = {}): Problem {
  const title = STATUS_CODES[status] ?? 'Error';
  const members = { type: `urn:order-service:problem:${code}`, title, status, detail, code };
  return { ...members, ...facts, ...members };
}

/** Thrown where the request itself is at fault: the HTTP layer only. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

export function badRequest(errors: readonly FieldError[]): ProblemError {
  const fields = [...new Set(errors.map(({ field }) => field))].join(', ');
  return new ProblemError(problem(400, 'invalid-request', `The request is not valid: see ${fields}.`, { errors }));
}
