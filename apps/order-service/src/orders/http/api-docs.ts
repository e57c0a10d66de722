import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiResponse, ApiParam, type ApiResponseOptions } from '@nestjs/swagger';
import { ProblemAnswer } from './order-answers.js';

const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'A field, header or the JSON itself is not valid; `errors` names each field.',
  403: 'A page of another site has sent it.',
  404: 'There is no such order.',
  409: 'A rule of the domain refuses; `code` says which.',
  412: 'The order is not at the version of `If-Match`.',
  413: 'The body is too large.',
  415: 'The body is not JSON in UTF-8.',
  422: 'The `Idempotency-Key` was used before, with another command.',
  503:
    'The database cannot be used, the order is too busy, or the service has too many requests; nothing was changed, or send it again with the same key. Or a ' +
    'query does not show yet what it was asked for.',
};

const VERSION_HEADER = {
  ETag: { description: 'Version of the order, in double quotes.', schema: { type: 'string' as const } },
};

/** A problem answer for each status. */
export function ApiProblems(...statuses: number[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ...statuses.map((status) => {
      const schema = { $ref: '#/components/schemas/Problem' };
      const options: ApiResponseOptions = {
        status,
        description: PROBLEMS[status] ?? '',
        content: { 'application/problem+json': { schema } },
        ...(status === 503
          ? { headers: { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'string' } } } }
          : {}),
      };
      return ApiResponse(options);
    }),
  );
}

/** Headers and answers that all commands have in common. */
export function ApiCommand(options: { readonly status: 200 | 201; readonly type: new () => unknown }): MethodDecorator {
  const { status, type } = options;
  const repeated = {
    'Idempotency-Replayed': {
      description: 'Present, with the value true, when the command had been done before under the same key.',
      schema: { type: 'string' as const },
    },
  };
  const location = { Location: { description: 'Path of the order.', schema: { type: 'string' as const } } };
  return applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'Makes the command repeatable: with the same key on the same order it is done once, and every repetition, however ' +
        'much later, is answered as the first one was. Refused commands are not remembered. 1 to 255 ASCII characters.',
    }),
    ApiHeader({
      name: 'If-Match',
      required: false,
      description:
        'Do it only if the order is at this version: `"3"`. `"0"` for an order that must not exist yet, `*` for one that exists.',
    }),
    ApiResponse({ status, type, headers: { ...VERSION_HEADER, ...repeated, ...(status === 201 ? location : {}) } }),
    ...(status === 201 ? [] : [ApiParam({ name: 'orderId', example: 'o-1' })]),
    ApiProblems(...(status === 201 ? [] : [404]), 400, 403, 409, 412, 413, 415, 422, 503),
  );
}

export { ProblemAnswer, VERSION_HEADER };
