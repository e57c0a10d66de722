/** Largest item, names of its attributes included: 400 KB. */
export const MAX_ITEM_BYTES = 400 * 1024;
/** Bytes of items after which a page of a `Query` or `Scan` ends. */
export const PAGE_BYTES = 1024 * 1024;
/**
 * All items of one transaction together: 4 MB, less half a KB. What exactly DynamoDB counts is not published, and its local
 * engine refuses some transactions of up to 300 bytes less than 4 MB.
 */
export const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024 - 512;
export const MAX_TRANSACTION_ITEMS = 100;
/** Text that gzip makes small enough for an item may be far larger; reading it must not hurt the process. */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;
