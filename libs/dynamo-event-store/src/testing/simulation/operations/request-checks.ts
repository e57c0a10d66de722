import { NotSimulatedError, validationError } from '../errors.js';

/** Parameters from before expressions; DynamoDB still takes them, the model does not. */
const LEGACY = [
  'Expected',
  'ConditionalOperator',
  'AttributeUpdates',
  'AttributesToGet',
  'KeyConditions',
  'QueryFilter',
  'ScanFilter',
] as const;

export function refuseLegacy(input: object): void {
  for (const name of LEGACY) if (name in input) throw new NotSimulatedError(`the legacy parameter ${name}`);
}

export function checkReturnValues(wanted: string | undefined, allowed: readonly string[]): void {
  if (wanted !== undefined && wanted !== 'NONE' && !allowed.includes(wanted))
    throw validationError('Return values set to invalid value');
}
