import { InvalidArgumentError } from '../errors/argument-errors.js';

/** A value that at most one stream of a tenant may hold at a time, such as an e-mail address or an order number. */
export interface UniqueValue {
  /** What the value is unique among, such as `customer-email`: 1 to 128 characters. Stored as it is. */
  readonly scope: string;
  /**
   * 1 character or more, compared letter by letter: bring case, blanks and Unicode into one form before. Stored as a digest
   * only, so it may be of any length.
   */
  readonly value: string;
}

const MAX_SCOPE = 128;

/** @throws InvalidArgumentError Scope or value cannot be meant. The value itself is not in the message. */
export function checkUniqueValue(argument: string, unique: UniqueValue | undefined): void {
  const { scope, value }: Partial<UniqueValue> = unique ?? {};
  if (!isText(scope) || scope.length > MAX_SCOPE)
    throw new InvalidArgumentError(`${argument}.scope`, `must be well-formed text of 1 to ${MAX_SCOPE} characters.`);
  if (!isText(value))
    throw new InvalidArgumentError(`${argument}.value`, `in "${scope}" must be well-formed text that is not empty.`);
}

// Lone surrogates all become the same bytes, so two values would share a digest.
function isText(text: unknown): text is string {
  return typeof text === 'string' && text !== '' && text.isWellFormed();
}
