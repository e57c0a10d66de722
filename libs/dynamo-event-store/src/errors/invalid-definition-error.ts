import { EventStoreError } from './event-store-error.js';

/** Classes, decorators or options that contradict each other. Lists every fault of the subject at once. */
export class InvalidDefinitionError extends EventStoreError {
  static readonly code = 'INVALID_DEFINITION';
  constructor(
    /** What is wrong: a class name, or an option. */
    readonly subject: string,
    readonly faults: readonly string[],
  ) {
    super(`${subject} is not usable:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`, {
      name: 'InvalidDefinitionError',
      code: InvalidDefinitionError.code,
      retryable: false,
    });
  }
}
