/** An attribute value in the protocol's JSON; `B` is Base64. */
export interface WireValue {
  readonly S?: string;
  readonly N?: string;
  readonly B?: string;
  readonly BOOL?: boolean;
  readonly NULL?: boolean;
  readonly L?: readonly WireValue[];
  readonly M?: WireItem;
  readonly SS?: readonly string[];
  readonly NS?: readonly string[];
  readonly BS?: readonly string[];
}

export type WireItem = Readonly<Record<string, WireValue>>;

/** Size of an item by DynamoDB's published rules. */
export function sizeOfItem(item: WireItem): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOfValue(value), 0);
}

function sizeOfValue(value: WireValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return sizeOfNumber(value.N);
  if (value.B !== undefined) return sizeOfBinary(value.B);
  if (value.L !== undefined) return value.L.reduce((sum, each) => sum + 1 + sizeOfValue(each), 3);
  if (value.M !== undefined)
    return Object.entries(value.M).reduce(
      (sum, [name, each]) => sum + 1 + Buffer.byteLength(name) + sizeOfValue(each),
      3,
    );
  if (value.SS !== undefined) return value.SS.reduce((sum, each) => sum + Buffer.byteLength(each), 0);
  if (value.NS !== undefined) return value.NS.reduce((sum, each) => sum + sizeOfNumber(each), 0);
  if (value.BS !== undefined) return value.BS.reduce((sum, each) => sum + sizeOfBinary(each), 0);
  return 1;
}

function sizeOfBinary(base64: string): number {
  return Buffer.from(base64, 'base64').length;
}

/** A byte for two digits, in pairs from the point and without zeros at either end, and one more; one for the sign. */
function sizeOfNumber(text: string): number {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  const digits = whole.padStart(whole.length + (whole.length % 2), '0') + fraction;
  const padded = digits.padEnd(digits.length + (digits.length % 2), '0');
  const pairs = padded.replace(/^(?:00)+/, '').match(/../g) ?? [];
  const significant = pairs.findLastIndex((pair) => pair !== '00') + 1;
  return significant + 1 + (text.startsWith('-') ? 1 : 0);
}
