import { InvalidArgumentError } from '../errors/argument-errors.js';
import { checkedAmount, checkedFacts } from './arguments.js';

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

/** Those that differ; absent or `undefined` is the default. */
export type GivenPrices = { readonly [P in keyof Prices]?: number | undefined };

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
const NOTHING: Required<Consumption> = { writeUnits: 0, readUnits: 0, storedBytes: 0, streamReads: 0 };

/**
 * The price of units, storage and stream reads, in the currency of the prices.
 * @param consumption A `Cost` will do; its requests have no price of their own.
 * @param prices Default: those of us-east-1 on demand, in US dollars; give what differs.
 * @throws InvalidArgumentError An amount or a price is negative or not a number, or has another name than those above.
 */
export function priceOf(consumption: Consumption, prices: GivenPrices = {}): number {
  const used = amountsOf('consumption', consumption, NOTHING, ['requests']);
  const price = amountsOf('prices', prices, US_EAST_1_ON_DEMAND);
  return (
    (used.writeUnits / 1_000_000) * price.perMillionWriteUnits +
    (used.readUnits / 1_000_000) * price.perMillionReadUnits +
    (used.storedBytes / GIGABYTE) * price.perGigabyteMonth +
    (used.streamReads / 100_000) * price.per100kStreamReads
  );
}

/** All are optional, so a misspelt name would be the price of nothing. */
function amountsOf<T extends { readonly [P in keyof T]: number }>(
  argument: string,
  given: { readonly [P in keyof T]?: number | undefined },
  usual: T,
  others: readonly string[] = [],
): T {
  const names = Object.keys(usual);
  const amounts: Record<string, number> = { ...usual };
  for (const [name, amount] of Object.entries(checkedFacts<object>(argument, given, `{ ${names.join(', ')} }`))) {
    if (others.includes(name)) continue;
    if (!names.includes(name)) throw new InvalidArgumentError(name, `is none of ${names.join(', ')}.`);
    if (amount !== undefined) amounts[name] = checkedAmount(name, amount);
  }
  return amounts as T;
}
