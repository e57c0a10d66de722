/** Type and schema version of a stored event. */
export interface TypeLabel {
  readonly name: string;
  readonly schemaVersion: number;
  /** Whether it was written without a class, so that it may be read without one. */
  readonly classless: boolean;
}

/**
 * One readable string per type: `order-placed@1` for an event with a class, `order-placed~1` for one without. Both
 * separators are escaped in names, so that every name reads back as it was.
 */
export function formatTypeLabel({ name, schemaVersion, classless }: TypeLabel): string {
  const escaped = /[%@~]/.test(name) ? name.replaceAll('%', '%25').replaceAll('@', '%40').replaceAll('~', '%7E') : name;
  return `${escaped}${classless ? '~' : '@'}${schemaVersion}`;
}

/** Inverse of `formatTypeLabel`. Throws `SyntaxError` for anything else. */
export function parseTypeLabel(label: string): TypeLabel {
  const parts = /^([^@~]*)([@~])([1-9]\d*)$/.exec(label);
  if (parts === null) throw new SyntaxError(`"${label}" is not an event type with its schema version.`);
  const [, name = '', separator, version] = parts;
  const schemaVersion = Number(version);
  if (!Number.isSafeInteger(schemaVersion)) throw new SyntaxError(`"${label}" has a schema version out of range.`);
  return {
    name: name.replaceAll('%7E', '~').replaceAll('%40', '@').replaceAll('%25', '%'),
    schemaVersion,
    classless: separator === '~',
  };
}
