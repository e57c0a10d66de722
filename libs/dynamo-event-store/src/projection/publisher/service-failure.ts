/** Why a service did not take a message. */
export interface ServiceFailure {
  /** The service's own name for it, such as `ThrottlingException`. */
  readonly code: string;
  readonly message: string;
  /** Whether the same message, sent again, may be taken. */
  readonly retryable: boolean;
  /** `request`: the client has sent the whole request again already, if that could help. */
  readonly scope: 'entry' | 'request';
  readonly cause?: unknown;
}

const THROTTLED = /throttl|too ?many ?requests|RequestLimitExceeded|BandwidthLimitExceeded|SlowDown|OverLimit/i;
const TRANSIENT = /^(?:Internal|ServiceUnavailable|RequestTimeout|ServiceFailure)/;
/** Credentials that are renewed as time goes by. */
const EXPIRED = /ExpiredToken|RequestExpired/;

/**
 * What one entry of an otherwise accepted request failed of.
 * @param senderFault Whose fault the service says it is; `undefined` when it does not say, so that only the code tells.
 */
export function failureOfEntry(
  code = 'Unknown',
  message = 'no reason was given',
  senderFault?: boolean,
): ServiceFailure {
  return { code, message, retryable: senderFault === false || isTemporary(code), scope: 'entry' };
}

/** The service accepted the request, but said nothing about this entry. */
export const NO_OUTCOME: ServiceFailure = {
  code: 'NoOutcome',
  message: 'the answer does not mention the message',
  retryable: true,
  scope: 'entry',
};

/**
 * What a whole request failed of. Without an answer that refuses it, the request may have been carried out, and may
 * succeed later.
 */
export function failureOfRequest(cause: unknown): ServiceFailure {
  const error = (typeof cause === 'object' && cause !== null ? cause : {}) as {
    name?: string;
    message?: string;
    $metadata?: { httpStatusCode?: number };
  };
  const { name: code = 'Unknown', message = String(cause), $metadata } = error;
  const status = $metadata?.httpStatusCode;
  const isRefused = status !== undefined && status >= 300 && status < 500 && status !== 429;
  return { code, message, retryable: !isRefused || isTemporary(code), scope: 'request', cause };
}

function isTemporary(code: string): boolean {
  return THROTTLED.test(code) || TRANSIENT.test(code) || EXPIRED.test(code);
}
