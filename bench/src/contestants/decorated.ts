import type { ContestantSetup } from './contestant.js';
import { DecoratedOrder } from './domain/decorated-order.js';
import { Repository } from './repository.js';

/** The repository with events whose class has decorators of class-transformer, and classes inside them. */
class Decorated extends Repository {
  override readonly cannot = {
    'load-snapshot': 'as repository',
    'catch-up': 'as repository',
  };
}

export function create(setup: ContestantSetup): Decorated {
  return new Decorated(setup, DecoratedOrder);
}
