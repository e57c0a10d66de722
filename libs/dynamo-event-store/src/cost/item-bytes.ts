import { InvalidArgumentError } from '../errors/argument-errors.js';
import { checkedFacts, checkedItem } from './arguments.js';

/** What DynamoDB adds to each item, and to each entry of an index, for storage alone; not for reads and writes. */
const STORAGE_OVERHEAD_BYTES = 100;
const FORM = '{ pk: { S: "o-1" } }';

/** A value of an item in the form of the AWS SDK: one of its fields is set. */
export interface ItemValue {
  readonly S?: string;
  readonly N?: string;
  readonly B?: Uint8Array;
  readonly BOOL?: boolean;
  readonly NULL?: boolean;
  readonly L?: readonly ItemValue[];
  readonly M?: ItemValues;
  readonly SS?: readonly string[];
  readonly NS?: readonly string[];
  readonly BS?: readonly Uint8Array[];
}

/** An item in the form of the AWS SDK: values by the names of their attributes. */
export type ItemValues = Readonly<Record<string, ItemValue>>;

/**
 * Bytes of an item, by which DynamoDB charges for it and limits it to 400 KB: the names and values of its attributes. The
 * rules are those of "DynamoDB item sizes and formats" in the Developer Guide; where it says "approximately", for numbers,
 * this counts what the engine charges.
 * @throws InvalidArgumentError It is not an item, or not in that form.
 */
export function itemBytes(item: ItemValues): number {
  return Object.entries(checkedFacts('item', item, FORM)).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  );
}

/**
 * Bytes that are charged for as storage: 100 more than the item has, for each table and index that it is in ("DynamoDB
 * storage", Developer Guide).
 * @param bytes Of the item, from 0 to 400 KB.
 * @throws InvalidArgumentError The bytes are not those of an item.
 */
export function storedBytes(bytes: number): number {
  return checkedItem('bytes', bytes) + STORAGE_OVERHEAD_BYTES;
}

function valueBytes(value: ItemValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.B !== undefined) return value.B.byteLength;
  if (value.L !== undefined) return value.L.reduce((sum, each) => sum + 1 + valueBytes(each), 3);
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemBytes(value.M);
  if (value.SS !== undefined) return value.SS.reduce((sum, each) => sum + Buffer.byteLength(each), 0);
  if (value.NS !== undefined) return value.NS.reduce((sum, each) => sum + numberBytes(each), 0);
  if (value.BS !== undefined) return value.BS.reduce((sum, each) => sum + each.byteLength, 0);
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1;
  throw new InvalidArgumentError('item', `each of its values must be in the form of the AWS SDK, ${FORM}.`);
}

/**
 * One byte for two digits, counted in pairs from the decimal point without zeros at either end, and one more; one for the
 * sign. So 120 takes a byte more than 12 or 1200.
 */
function numberBytes(text: string): number {
  const [, sign, whole = '', fraction = '', power = '0'] = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return 1;
  const exponent = Number(power) - fraction.length + digits.length - significant.length;
  return Math.ceil((significant.length + Math.abs(exponent % 2)) / 2) + 1 + (sign === '-' ? 1 : 0);
}
