import { itemBytes, type ItemValue, type ItemValues } from 'nestjs-dynamo-event-store/cost';

/** An attribute value in the protocol's JSON; `B` is Base64. */
export interface WireValue extends Omit<ItemValue, 'B' | 'BS' | 'L' | 'M'> {
  readonly B?: string;
  readonly BS?: readonly string[];
  readonly L?: readonly WireValue[];
  readonly M?: WireItem;
}

export type WireItem = Readonly<Record<string, WireValue>>;

/** Size of an item by DynamoDB's published rules. */
export function sizeOfItem(item: WireItem): number {
  return itemBytes(valuesOf(item));
}

function valuesOf(item: WireItem): ItemValues {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, valueOf(value)]));
}

function valueOf({ B, BS, L, M, ...value }: WireValue): ItemValue {
  if (B !== undefined) return { B: Buffer.from(B, 'base64') };
  if (BS !== undefined) return { BS: BS.map((each) => Buffer.from(each, 'base64')) };
  if (L !== undefined) return { L: L.map(valueOf) };
  return M === undefined ? value : { M: valuesOf(M) };
}
