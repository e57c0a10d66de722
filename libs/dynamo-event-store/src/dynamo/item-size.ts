import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export { itemBytes, MAX_ITEM_BYTES } from '../cost/item-bytes.js';
export { writeUnits } from '../cost/write-units.js';

/**
 * All items of one transaction together: 4 MB, less half a KB. What exactly DynamoDB counts is not published, and its local
 * engine refuses some transactions of up to 300 bytes less than 4 MB.
 */
export const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024 - 512;
export const MAX_TRANSACTION_ITEMS = 100;

/** An item in the SDK's form. */
export type Item = Record<string, AttributeValue>;
