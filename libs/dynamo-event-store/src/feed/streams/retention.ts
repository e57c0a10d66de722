/** For how long records can be relied on: an hour less than the day for which DynamoDB keeps them. */
export const KEPT_MS = 23 * 60 * 60 * 1_000;
