import type { Occasion } from '../domain/order.js';
import type { OccasionInput } from './order-command.js';

/** Fixed once per command, so that deciding again after a lost race does not change the time. */
export function occasionOf({ at, reason }: OccasionInput): Occasion {
  return { at: at ?? new Date().toISOString(), reason };
}
