import { InvalidArgumentError } from '../errors/argument-errors.js';

/** Requests of one kind. */
export interface RequestCount {
  /** Of the DynamoDB API: `PutItem`, `Query`, … */
  readonly operation: string;
  readonly count: number;
}

/** What an operation of the store costs. */
export interface Cost {
  /** By operation, in the order in which each is first sent. Retries of the SDK are not counted. */
  readonly requests: readonly RequestCount[];
  readonly writeUnits: number;
  readonly readUnits: number;
}

/** The cost of operations that are all carried out; of none, nothing. */
export function totalOf(...costs: readonly Cost[]): Cost {
  const counts = new Map<string, number>();
  for (const { operation, count } of costs.flatMap(({ requests }) => requests))
    counts.set(operation, (counts.get(operation) ?? 0) + count);
  return {
    requests: [...counts].map(([operation, count]) => ({ operation, count })),
    writeUnits: costs.reduce((sum, { writeUnits }) => sum + writeUnits, 0),
    readUnits: costs.reduce((sum, { readUnits }) => sum + readUnits, 0),
  };
}

/**
 * The cost of an operation that is carried out so often.
 * @param count Whole number from 0.
 * @throws InvalidArgumentError The count is anything else.
 */
export function times(count: number, { requests, writeUnits, readUnits }: Cost): Cost {
  if (!Number.isSafeInteger(count) || count < 0)
    throw new InvalidArgumentError('count', `is ${count}, but must be a whole number from 0.`);
  return {
    requests: count === 0 ? [] : requests.map((each) => ({ ...each, count: each.count * count })),
    writeUnits: writeUnits * count,
    readUnits: readUnits * count,
  };
}

/** So many requests that write. */
export function writing(operation: string, writeUnits: number, count = 1): Cost {
  return { requests: count === 0 ? [] : [{ operation, count }], writeUnits, readUnits: 0 };
}

/** So many requests that read. */
export function reading(operation: string, readUnits: number, count = 1): Cost {
  return { requests: count === 0 ? [] : [{ operation, count }], writeUnits: 0, readUnits };
}
