import { checkedAmount, checkedFacts, checkedList, checkedWhole } from './arguments.js';

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

/**
 * The cost of operations that are all carried out; of none, nothing.
 * @param costs One by one; of a list, `totalOf(...costs)`.
 * @throws InvalidArgumentError One is not a cost.
 */
export function totalOf(...costs: readonly Cost[]): Cost {
  costs.forEach((cost, index) => checkedCost(`costs[${index}]`, cost));
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
 * @throws InvalidArgumentError The count is anything else, or the cost is none.
 */
export function times(count: number, cost: Cost): Cost {
  checkedWhole('count', count);
  const { requests, writeUnits, readUnits } = checkedCost('cost', cost);
  return {
    requests: count === 0 ? [] : requests.map((each) => ({ ...each, count: each.count * count })),
    writeUnits: writeUnits * count,
    readUnits: readUnits * count,
  };
}

export function checkedCost(argument: string, cost: Cost): Cost {
  const { requests, writeUnits, readUnits } = checkedFacts(argument, cost, '{ requests, writeUnits, readUnits }');
  checkedList(`${argument}.requests`, requests);
  checkedAmount(`${argument}.writeUnits`, writeUnits);
  checkedAmount(`${argument}.readUnits`, readUnits);
  return cost;
}

/** So many requests that write. */
export function writing(operation: string, writeUnits: number, count = 1): Cost {
  return { requests: count === 0 ? [] : [{ operation, count }], writeUnits, readUnits: 0 };
}

/** So many requests that read. */
export function reading(operation: string, readUnits: number, count = 1): Cost {
  return { requests: count === 0 ? [] : [{ operation, count }], writeUnits: 0, readUnits };
}
