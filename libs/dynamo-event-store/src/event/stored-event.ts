import type { EncodedPayload } from './payload-codec.js';
import type { PersonalField } from './personal-fields.js';
import type { VersionedPayload } from './upcasting.js';

export interface EncodedEvent {
  /** Type and schema version in one readable string; see `type-label.ts`. */
  readonly label: string;
  readonly type: string;
  readonly payload: EncodedPayload;
  /** What is missing in the payload, since it may be stored only encrypted; absent for most events. */
  readonly personal?: readonly PersonalField[];
}

/** An event as it is stored: type, version and plain payload. */
export interface StoredEvent extends VersionedPayload {
  /** Whether it was written without a class, so that it may be read without one. */
  readonly classless: boolean;
  /** Whether it holds personal data, which error messages must not show. */
  readonly confidential?: boolean;
  /** Whether personal data in it is gone, so that rules of its class need not hold any more. */
  readonly erased?: boolean;
}

export interface DecodedEvent {
  readonly type: string;
  readonly schemaVersion: number;
  readonly event: object;
}

/** What became of a stored event on reading. */
export interface Decoding {
  /** None when it was dropped or skipped, several when it was split. */
  readonly events: readonly DecodedEvent[];
  /** Stored events after it that were merged into it. */
  readonly merged: number;
}
