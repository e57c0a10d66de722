/**
 * Type of a stored value. A type without parts is text in TypeScript's notation (`string`, `Date`, `'new' | 'paid' | null`);
 * others are described by their parts. Names of classes and interfaces do not count, only what is in them.
 */
export type TypeSchema =
  | string
  | { readonly array: TypeSchema }
  | { readonly set: TypeSchema }
  | { readonly map: { readonly key: TypeSchema; readonly value: TypeSchema } }
  | { readonly tuple: readonly TypeSchema[]; readonly rest?: TypeSchema }
  | { readonly record: TypeSchema; readonly keys?: string }
  | { readonly object: FieldSchemas; readonly rest?: TypeSchema }
  | { readonly union: readonly TypeSchema[] }
  /** Name in `definitions`, for types that contain themselves. */
  | { readonly ref: string };

/** One field as it is stored. */
export interface FieldSchema {
  readonly type: TypeSchema;
  /** May be absent or `undefined`; in the table that is the same. */
  readonly optional?: true;
  /** Marked with `@PersonalData`. */
  readonly personal?: true;
  /** Marked with `@DataSubject`. */
  readonly subject?: true;
  /** Has a `@Transform`: what is stored may be of another type than the field. */
  readonly transformed?: true;
}

export type FieldSchemas = Readonly<Record<string, FieldSchema>>;

/** What one version of an event holds. */
export interface EventShape {
  readonly fields: FieldSchemas;
  readonly definitions?: Readonly<Record<string, TypeSchema>>;
}

/** One event in the lock file. */
export interface LockedEvent {
  /** Current version when the lock was written. */
  readonly version: number;
  readonly aliases: readonly string[];
  /** Names of the aggregates that have a reducer for it. */
  readonly aggregates: readonly string[];
  /** Given up on purpose: it is no longer in the code, and stored events of it are handled by the policy for unknown events. */
  readonly retired?: true;
  /** Every version that was ever locked. */
  readonly versions: Readonly<Record<string, EventShape>>;
}

/** The lock file, `event-schemas.json`. */
export interface EventSchemaLock {
  /** Version of this format. */
  readonly format: 1;
  readonly events: Readonly<Record<string, LockedEvent>>;
}

/** One event class of the code. */
export interface EventSource {
  readonly name: string;
  readonly version: number;
  readonly aliases: readonly string[];
  readonly aggregates: readonly string[];
  readonly shape: EventShape;
  /** `file:line` of its class. */
  readonly at: string;
}

/** An event in a certain version. */
export interface EventVersion {
  readonly event: string;
  readonly version: number;
}

/** One upcaster of the code. */
export interface UpcasterSource {
  readonly event: string;
  readonly from: number;
  /** Targets; absent for the next version of the same event. */
  readonly into?: readonly EventVersion[];
  /** Events after it that are merged with it. */
  readonly with?: readonly EventVersion[];
  /** It exists, but where it leads cannot be read from the source. */
  readonly opaque?: true;
  readonly at: string;
}

/** What cannot be read from the source. */
export interface SourceProblem {
  readonly at: string;
  readonly problem: string;
}

/** The events of the code as it is. */
export interface EventSources {
  readonly events: Readonly<Record<string, EventSource>>;
  /** Names of all aggregates, also of those without events. */
  readonly aggregates: readonly string[];
  readonly upcasters: readonly UpcasterSource[];
  readonly problems: readonly SourceProblem[];
}
