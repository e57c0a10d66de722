import { checkedAmount } from './amount.js';

/** What a region charges on demand, in one currency. */
export interface Prices {
  readonly perMillionWriteUnits: number;
  readonly perMillionReadUnits: number;
  /** A GB (2^30 bytes) of stored items for a month; DynamoDB adds 100 bytes to each item. */
  readonly perGigabyteMonth: number;
  /** 100,000 `GetRecords` of a DynamoDB stream. Those of Lambda's triggers are free. */
  readonly per100kStreamReads: number;
}

/**
 * US dollars: on demand in us-east-1, table class Standard, as of the price list since November 2024. Other regions,
 * provisioned and reserved capacity, and global tables differ. What is free every month (25 GB, 2.5 million reads of
 * streams) is not taken off.
 */
export const US_EAST_1_ON_DEMAND: Prices = {
  perMillionWriteUnits: 0.625,
  perMillionReadUnits: 0.125,
  perGigabyteMonth: 0.25,
  per100kStreamReads: 0.02,
};

/** What is paid for. All default to 0. */
export interface Consumption {
  readonly writeUnits?: number;
  readonly readUnits?: number;
  /** Bytes stored for a month; see `storedBytes`. */
  readonly storedBytes?: number;
  /** `GetRecords` requests. */
  readonly streamReads?: number;
}

const GIGABYTE = 1024 ** 3;

/**
 * The price of units, storage and stream reads, in the currency of the prices.
 * @param prices Default: those of us-east-1 on demand, in US dollars; give what differs.
 * @throws InvalidArgumentError An amount or a price is negative or not a number.
 */
export function priceOf(consumption: Consumption, prices: Partial<Prices> = {}): number {
  const price = { ...US_EAST_1_ON_DEMAND, ...prices };
  const { writeUnits = 0, readUnits = 0, storedBytes = 0, streamReads = 0 } = consumption;
  return (
    (checkedAmount('writeUnits', writeUnits) / 1_000_000) *
      checkedAmount('perMillionWriteUnits', price.perMillionWriteUnits) +
    (checkedAmount('readUnits', readUnits) / 1_000_000) *
      checkedAmount('perMillionReadUnits', price.perMillionReadUnits) +
    (checkedAmount('storedBytes', storedBytes) / GIGABYTE) * checkedAmount('perGigabyteMonth', price.perGigabyteMonth) +
    (checkedAmount('streamReads', streamReads) / 100_000) *
      checkedAmount('per100kStreamReads', price.per100kStreamReads)
  );
}
