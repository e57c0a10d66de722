import { priceOf, US_EAST_1_ON_DEMAND } from '../cost/prices.js';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import type { ScanEstimate } from './table-scan.js';

/**
 * What reading the whole table once costs, in the currency of the price: 100 GB take about 3.3 dollars.
 * @param pricePerMillionReadUnits From 0. Default 0.125 US dollars, the price on demand in us-east-1 since November 2024.
 * @throws InvalidArgumentError The price is negative or not a number.
 */
export function priceOfScan(
  { readUnits }: Pick<ScanEstimate, 'readUnits'>,
  pricePerMillionReadUnits = US_EAST_1_ON_DEMAND.perMillionReadUnits,
): number {
  if (!(pricePerMillionReadUnits >= 0 && pricePerMillionReadUnits < Infinity))
    throw new InvalidArgumentError(
      'pricePerMillionReadUnits',
      `is ${pricePerMillionReadUnits}, but must be a number from 0.`,
    );
  return priceOf({ readUnits }, { perMillionReadUnits: pricePerMillionReadUnits });
}
