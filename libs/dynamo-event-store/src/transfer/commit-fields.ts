import type { JsonValue } from '../event/json-value.js';
import type { StreamId } from '../event/stream-id.js';
import { checkStream } from '../store/arguments.js';

/** Takes a parsed line apart. Throws `SyntaxError` that names the field at fault. */
export class CommitFields {
  private readonly fields: Readonly<Record<string, JsonValue>>;

  constructor(line: unknown) {
    if (typeof line !== 'object' || line === null || Array.isArray(line)) throw new SyntaxError('it is not an object');
    this.fields = line as Record<string, JsonValue>;
  }

  optional(name: string): JsonValue | undefined {
    return Object.hasOwn(this.fields, name) ? this.fields[name] : undefined;
  }

  value(name: string): JsonValue {
    const value = this.optional(name);
    if (value === undefined) throw new SyntaxError(`${name} is missing`);
    return value;
  }

  text(name: string): string {
    const value = this.value(name);
    if (typeof value !== 'string' || value === '') throw new SyntaxError(`${name} is not text`);
    return value;
  }

  list(name: string): readonly JsonValue[] {
    const value = this.value(name);
    if (!Array.isArray(value)) throw new SyntaxError(`${name} is not a list`);
    return value as readonly JsonValue[];
  }

  wholeNumber(name: string, lowest: number): number {
    const value = this.value(name);
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < lowest)
      throw new SyntaxError(`${name} is not a whole number from ${lowest}`);
    return value;
  }

  /** ms since the epoch. */
  instant(name: string): number {
    const text = this.text(name);
    const ms = Date.parse(text);
    // `Date.parse` takes more than ISO 8601, and some of it in the time zone of this machine.
    if (Number.isNaN(ms) || new Date(ms).toISOString() !== text)
      throw new SyntaxError(`${name} is not a date such as 2026-01-01T00:00:00.000Z`);
    return ms;
  }

  stream(): StreamId {
    const stream = new CommitFields(this.value('stream'));
    const tenant = stream.optional('tenant');
    const id = { aggregate: stream.text('aggregate'), id: stream.text('id') };
    const found = tenant === undefined ? id : { ...id, tenant: stream.text('tenant') };
    try {
      checkStream(found);
    } catch (cause) {
      throw new SyntaxError('stream is not one', { cause });
    }
    return found;
  }
}
