/** What kind of thing is wrong. */
export type SchemaFindingKind =
  /** There is no lock file. */
  | 'lock-missing'
  /** Something cannot be read from the source, so it cannot be checked. */
  | 'not-readable'
  /** A field of a locked version is not what it was. */
  | 'field-changed'
  /** The code has an older version of the event than the lock. */
  | 'version-lowered'
  /** Stored events of a locked version have no way to the current one. */
  | 'upcaster-missing'
  /** The event is no longer in the code. */
  | 'event-gone'
  /** A former name of the event is no longer among its aliases. */
  | 'alias-dropped'
  /** The event is handled by another aggregate instead of the one whose streams hold it. */
  | 'event-moved'
  /** An aggregate whose streams hold the event no longer has a reducer for it. */
  | 'reducer-gone'
  /** The event is marked as retired, but in the code. */
  | 'retired-in-use'
  /** An event or a version that is new, and right, but not in the lock. */
  | 'not-locked'
  /** An alias or aggregate that is new, and right, but not in the lock. */
  | 'lock-outdated';

/** One thing that the check has found. */
export interface SchemaFinding {
  readonly kind: SchemaFindingKind;
  /** Name of the event, if it is about one. */
  readonly event?: string;
  /** Schema version that it is about. */
  readonly version?: number;
  /** Exact field, such as `lines[].unitPrice`. */
  readonly path?: string;
  /** Only an optional field was added, which `write --allow-optional` accepts. */
  readonly optionalAddition?: true;
  /** What is wrong. */
  readonly fault: string;
  /** What to do. */
  readonly advice: string;
  /** `file:line`, if it is in the code. */
  readonly at?: string;
}

/** Findings as text, one line each, without a line break at the end. Empty for none. */
export function formatFindings(findings: readonly SchemaFinding[]): string {
  return findings.map(formatFinding).join('\n');
}

function formatFinding({ event, version, path, fault, advice, at }: SchemaFinding): string {
  const subject = [event, version === undefined ? undefined : `version ${version}`].filter(Boolean).join(' ');
  const place = [subject, path].filter((part) => part !== undefined && part !== '').join(', ');
  return `${place === '' ? '' : `${place}: `}${fault}. ${advice}${at === undefined ? '' : ` (${at})`}`;
}
