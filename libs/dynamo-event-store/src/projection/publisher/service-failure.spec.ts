import { describe, expect, it } from '@jest/globals';
import { failureOfEntry, failureOfRequest } from './service-failure.js';

const answered = (name: string, httpStatusCode: number) =>
  Object.assign(new Error('no'), { name, $metadata: { httpStatusCode } });

describe('a failed request', () => {
  it.each([
    ['throttled', answered('ThrottlingException', 400)],
    ['throttled by KMS', answered('KMSThrottlingException', 400)],
    ['over a quota', answered('TooManyRequestsException', 429)],
    ['refused by a proxy for load', answered('Unknown', 429)],
    ['failed inside the service', answered('InternalErrorException', 500)],
    ['made with credentials that have expired', answered('ExpiredTokenException', 403)],
    ['carried out, but with an answer that cannot be read', answered('SyntaxError', 200)],
    ['without an answer', Object.assign(new Error('reset'), { code: 'ECONNRESET' })],
    ['failed of something that is no error', 'boom'],
  ])('that was %s may be tried again', (_, cause) => {
    expect(failureOfRequest(cause)).toMatchObject({ retryable: true, scope: 'request', cause });
  });

  it.each([
    ['NotFoundException', 404],
    ['AuthorizationErrorException', 403],
    ['ValidationException', 400],
    ['BatchRequestTooLong', 400],
  ])('with %s may not', (name, status) => {
    expect(failureOfRequest(answered(name, status))).toMatchObject({ code: name, retryable: false });
  });
});

describe('a failed entry', () => {
  it('may be tried again when the service is at fault, throttles, or failed inside', () => {
    expect(failureOfEntry('AnythingElse', 'x', false).retryable).toBe(true);
    for (const code of ['ThrottlingException', 'RequestThrottled', 'InternalFailure', 'InternalException'])
      expect([code, failureOfEntry(code, 'x').retryable]).toEqual([code, true]);
  });

  it('may not when the sender is at fault, or the code says nothing', () => {
    expect(failureOfEntry('InvalidParameterValue', 'x', true).retryable).toBe(false);
    expect(failureOfEntry('MalformedDetail', 'x').retryable).toBe(false);
    expect(failureOfEntry().retryable).toBe(false);
  });
});
