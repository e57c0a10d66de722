import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../dynamo/item-size.js';
import { validationError } from '../errors.js';
import { sortSet, VALUE_TYPES, type ValueType } from './attribute-value.js';
import { canonicalNumber } from './decimal.js';

/** Levels of an item, which is one itself. */
const MAX_NESTING = 32;

/**
 * Checks the values of an item and brings them into the form in which they are stored: numbers canonical, sets sorted.
 * Works in place, on a copy that belongs to the model.
 * @throws ValidationException
 */
export function normalizeItem(item: Item): Item {
  for (const [name, value] of Object.entries(item)) {
    if (name === '') throw validationError('One or more parameter values were invalid: Empty attribute name');
    normalizeValue(value);
  }
  return item;
}

/** As `normalizeItem`, for one value. */
export function normalizeValue(value: AttributeValue, depth = 0): AttributeValue {
  if (depth >= MAX_NESTING - 1 && (value.L !== undefined || value.M !== undefined)) throw tooDeep();
  switch (singleType(value)) {
    case 'S':
    case 'B':
    case 'BOOL':
      break;
    case 'N':
      (value as { N: string }).N = canonicalNumber(String(value.N));
      break;
    case 'NULL':
      if (value.NULL !== true)
        throw validationError(
          'One or more parameter values were invalid: Null attribute value types must have the value of true',
        );
      break;
    case 'L':
      for (const each of value.L ?? []) normalizeValue(each, depth + 1);
      break;
    case 'M':
      for (const each of Object.values(value.M ?? {})) normalizeValue(each, depth + 1);
      break;
    default:
      normalizeSet(value);
  }
  return value;
}

function singleType(value: AttributeValue): ValueType {
  let found: string | undefined;
  for (const type in value) {
    if (found !== undefined)
      throw validationError(
        'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
      );
    found = type;
  }
  if (found === undefined || !VALUE_TYPES.has(found))
    throw validationError('Supplied AttributeValue is empty, must contain exactly one of the supported datatypes');
  return found as ValueType;
}

function normalizeSet(value: AttributeValue): void {
  if (value.NS !== undefined) (value as { NS: string[] }).NS = value.NS.map(canonicalNumber);
  const texts = value.SS ?? value.NS ?? (value.BS ?? []).map((bytes) => Buffer.from(bytes).toString('latin1'));
  if (texts.length === 0) {
    const kind = value.SS !== undefined ? 'string' : value.NS !== undefined ? 'number' : 'binary';
    throw validationError(`One or more parameter values were invalid: An ${kind} set  may not be empty`);
  }
  if (new Set(texts).size !== texts.length)
    throw validationError(
      `One or more parameter values were invalid: Input collection [${texts.join(', ')}] contains duplicates.`,
    );
  sortSet(value);
}

function tooDeep(): Error {
  return validationError(
    'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit',
  );
}
