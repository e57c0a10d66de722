/** There is an order with this id already. */
export class OrderExistsError extends Error {
  override readonly name = 'OrderExistsError';
  constructor(
    readonly orderId: string,
    options?: ErrorOptions,
  ) {
    super(`There is an order ${orderId} already.`, options);
  }
}

/** Another order of the customer has the reference. Nothing was stored. */
export class ReferenceTakenError extends Error {
  override readonly name = 'ReferenceTakenError';
  constructor(
    readonly orderId: string,
    readonly takenBy: string,
    options?: ErrorOptions,
  ) {
    super(`The customer has used the reference of order ${orderId} for order ${takenBy}.`, options);
  }
}

/** The order is not at the version that the command insists on. Nothing was changed. */
export class OrderVersionError extends Error {
  override readonly name = 'OrderVersionError';
  constructor(
    readonly orderId: string,
    readonly expected: number | 'any',
    /** `undefined` where it was not looked up. */
    readonly actual: number | undefined,
    fault = faultOf(expected, actual),
  ) {
    super(`Order ${orderId} ${fault}.`);
  }
}

function faultOf(expected: number | 'any', actual: number | undefined): string {
  if (expected === 'any') return 'was expected to exist, but there is none';
  const found = actual === undefined ? 'it is not' : `it is at version ${actual}`;
  return `was expected at version ${expected}, but ${found}`;
}

/** The same key came with another command before. A key belongs to one command for ever. */
export class IdempotencyKeyReusedError extends Error {
  override readonly name = 'IdempotencyKeyReusedError';
  constructor(readonly orderId: string) {
    super(
      `This Idempotency-Key was used before on order ${orderId}, with another command. Use a new key for a new command.`,
    );
  }
}
