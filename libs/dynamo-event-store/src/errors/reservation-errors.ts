import { describeStream, type StreamId } from '../event/stream-id.js';
import { EventStoreError } from './event-store-error.js';

/** A value that another stream holds. The value itself is not told: it may be personal data. */
export interface HeldValue {
  /** The stream whose commit was refused. */
  readonly stream: StreamId;
  /** What the value is unique among. */
  readonly scope: string;
  /** The stream that holds it. */
  readonly holder: StreamId;
}

/**
 * A commit was to reserve a value that another stream holds. Nothing was written. The stream itself is where it was expected,
 * so deciding again comes to the same, unless the decision takes another value or the holder releases it.
 *
 * `taken` lists every such value of the write; the other fields are those of the first.
 */
export class ValueTakenError extends EventStoreError {
  static readonly code = 'VALUE_TAKEN';
  readonly stream: StreamId;
  readonly scope: string;
  readonly holder: StreamId;
  readonly taken: readonly HeldValue[];

  constructor({ stream, scope, holder, others = [] }: HeldValue & { readonly others?: readonly HeldValue[] }) {
    const taken = [{ stream, scope, holder }, ...others];
    super(`${taken.map(takenMessage).join(' ')} Choose another value, or have the holder release it.`, {
      name: 'ValueTakenError',
      code: ValueTakenError.code,
      retryable: false,
    });
    this.stream = stream;
    this.scope = scope;
    this.holder = holder;
    this.taken = taken;
  }
}

/** A commit was to release a value that another stream holds. Nothing was written. */
export class ValueNotHeldError extends EventStoreError {
  static readonly code = 'VALUE_NOT_HELD';
  readonly stream: StreamId;
  readonly scope: string;
  readonly holder: StreamId;

  constructor({ stream, scope, holder }: HeldValue) {
    super(
      `Stream ${describeStream(stream)} cannot release a value of "${scope}" that ${describeStream(holder)} holds. ` +
        'Release only what the stream has reserved.',
      { name: 'ValueNotHeldError', code: ValueNotHeldError.code, retryable: false },
    );
    this.stream = stream;
    this.scope = scope;
    this.holder = holder;
  }
}

function takenMessage({ stream, scope, holder }: HeldValue): string {
  return `The value of "${scope}" that ${describeStream(stream)} was to reserve is held by ${describeStream(holder)}.`;
}
