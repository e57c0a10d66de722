import type { ServerResponse } from 'node:http';
import { inspect } from 'node:util';
import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { OverloadedError } from '../load/lane.js';
import { PROBLEM_MEDIA_TYPE, type Problem } from './problem.js';
import { requestContext } from './request-context.js';
import { problemOf } from './problem-of-error.js';

/** Seconds after which a client may try again. */
const RETRY_AFTER = '1';

/** Answers every error, of whatever kind and place, as a problem. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<ServerResponse>();
    const problem = problemOf(error);
    // One line per request is enough for what is shed; a stack for each would be load of its own.
    if (problem.status >= 500 && !(error instanceof OverloadedError)) this.report(error);
    if (response.headersSent) {
      // Half an answer is out; only a broken connection tells the client that it is not the whole.
      response.destroy();
      return;
    }
    send(response, problem);
  }

  private report(error: unknown): void {
    const correlationId = requestContext.getStore()?.correlationId;
    this.logger.error({ error: causesOf(error), correlationId }, error instanceof Error ? error.stack : undefined);
  }
}

function send(response: ServerResponse, problem: Problem): void {
  const body = JSON.stringify(problem);
  response.statusCode = problem.status;
  for (const header of ['ETag', 'Location']) response.removeHeader(header);
  if (problem.status === 503) response.setHeader('Retry-After', RETRY_AFTER);
  response.setHeader('Content-Type', PROBLEM_MEDIA_TYPE);
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}

/** The chain of causes in one line, since the log shows only the stack of the outermost. */
function causesOf(error: unknown): string {
  const lines: string[] = [];
  for (let each: unknown = error; each !== undefined && lines.length < 5; each = each.cause) {
    if (!(each instanceof Error)) return [...lines, inspect(each)].join(' <- ');
    lines.push(`${each.name}: ${each.message}`);
  }
  return lines.join(' <- ');
}
