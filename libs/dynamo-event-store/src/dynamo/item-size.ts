import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export { itemBytes } from '../cost/item-bytes.js';
export { MAX_ITEM_BYTES, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_ITEMS } from '../cost/limits.js';
export { unitsOfBytes as writeUnits } from '../cost/write-units.js';

/** An item in the SDK's form. */
export type Item = Record<string, AttributeValue>;
