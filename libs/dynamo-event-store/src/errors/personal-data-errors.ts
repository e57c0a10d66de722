import { describeStream, type StreamId } from '../event/stream-id.js';
import { EventStoreError } from './event-store-error.js';

/**
 * Keys of personal data are not there, although nobody was forgotten: the store has no `personalData` option, or looks into
 * another control table than the one that wrote the events.
 */
export class SubjectKeysMissingError extends EventStoreError {
  static readonly code = 'SUBJECT_KEYS_MISSING';
  constructor(
    /** Ids of the keys. */
    readonly keyIds: readonly string[],
    readonly facts: { readonly stream?: StreamId; readonly version?: number; readonly table?: string } = {},
    cause?: unknown,
  ) {
    const { stream, version = 0, table } = facts;
    const where = stream === undefined ? 'Stored events' : `${describeStream(stream)} at version ${version}`;
    const place = table === undefined ? 'the store has no `personalData` option' : `they are not in table ${table}`;
    super(
      `${where}: personal data is encrypted with keys that cannot be had (${keyIds.join(', ')}): ${place}. Give the store the key provider and the control table that it was written with.`,
      { name: 'SubjectKeysMissingError', code: SubjectKeysMissingError.code, retryable: false, cause },
    );
  }
}

/** What a key provider was asked to do with the key of a data subject. */
export type KeyOperation = 'wrap' | 'unwrap';

/** A key provider cannot wrap or unwrap the key of a data subject, such as without permission for the master key. */
export class KeyProviderError extends EventStoreError {
  static readonly code = 'KEY_PROVIDER';
  constructor(
    readonly operation: KeyOperation,
    /** Names the master key. */
    readonly masterKey: string,
    cause?: unknown,
  ) {
    super(failureOf(operation, masterKey, cause), {
      name: 'KeyProviderError',
      code: KeyProviderError.code,
      retryable: false,
      cause,
    });
  }
}

/** A key provider does not answer now, or is throttled. */
export class KeyProviderUnavailableError extends EventStoreError {
  static readonly code = 'KEY_PROVIDER_UNAVAILABLE';
  constructor(
    readonly operation: KeyOperation,
    /** Names the master key. */
    readonly masterKey: string,
    cause?: unknown,
  ) {
    super(failureOf(operation, masterKey, cause), {
      name: 'KeyProviderUnavailableError',
      code: KeyProviderUnavailableError.code,
      retryable: true,
      cause,
    });
  }
}

function failureOf(operation: KeyOperation, masterKey: string, cause: unknown): string {
  const reason = cause instanceof Error ? cause.message : 'it is not known here';
  return `The master key ${masterKey} could not ${operation} the key of a data subject: ${reason.replace(/\.$/, '')}.`;
}
