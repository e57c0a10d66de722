import { InvalidDefinitionError } from '../../errors/invalid-definition-error.js';
import { FAULT_KINDS, type FaultKind, type FaultRates } from './fault.js';

/**
 * @param excluded Kinds that cannot happen there.
 * @throws InvalidDefinitionError Lists all faults.
 */
export function checkRates({ delayMs = [0, 0], ...rates }: FaultRates, excluded: readonly FaultKind[] = []): void {
  const kinds = FAULT_KINDS.filter((kind) => !excluded.includes(kind));
  const faults = Object.entries(rates).flatMap(([kind, rate]) => {
    if (!(kinds as readonly string[]).includes(kind)) return [`${kind} is no fault: ${kinds.join(', ')}.`];
    return typeof rate === 'number' && rate >= 0 && rate <= 1 ? [] : [`${kind} is ${rate}, but must be from 0 to 1.`];
  });
  const [min, max] = delayMs;
  if (!Number.isInteger(min) || !Number.isInteger(max) || min < 0 || max < min)
    faults.push(`delayMs is ${min} to ${max}, but must be whole numbers, the shorter one first.`);
  if (faults.length > 0) throw new InvalidDefinitionError('FaultRates', faults);
}
