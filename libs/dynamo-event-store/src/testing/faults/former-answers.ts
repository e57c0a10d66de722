import { deepCopy } from '../simulation/values/attribute-value.js';
import type { FaultRequest } from './fault.js';

/** Different reads that are remembered; the one not made for longest is forgotten first. */
const READS = 1_000;

/** What reads were answered before, to answer them once more as a replica that lags behind does. */
export class FormerAnswers {
  private readonly answers = new Map<string, unknown[]>();

  /** @param perRead Most answers kept of one read. */
  constructor(private readonly perRead: number) {}

  /** The answer `age` reads ago, 1 for the last, or the oldest that is kept. `undefined` when there is none. */
  recall(request: FaultRequest, age: number): unknown {
    const former = this.answers.get(keyOf(request)) ?? [];
    return deepCopy(former.at(Math.max(-age, -former.length)));
  }

  remember(request: FaultRequest, answer: unknown): void {
    const key = keyOf(request);
    const former = this.answers.get(key) ?? [];
    this.answers.delete(key);
    this.answers.set(key, [...former, deepCopy(answer)].slice(-this.perRead));
    const [oldest] = this.answers.keys();
    if (this.answers.size > READS && oldest !== undefined) this.answers.delete(oldest);
  }
}

/** A strongly consistent read has seen a state that an eventually consistent one may see later. */
function keyOf({ operation, input }: FaultRequest): string {
  return `${operation} ${JSON.stringify({ ...input, ConsistentRead: undefined })}`;
}
