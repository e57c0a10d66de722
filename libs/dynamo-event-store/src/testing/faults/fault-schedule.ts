import { Random } from '../simulation/random.js';
import { FAULT_KINDS, type DetailedFault, type Fault, type FaultKind, type FaultOf } from './fault.js';
import type { FaultRates, FaultRequest } from './fault.js';
import { canHappen, transactionItems } from './request-kind.js';

/** Which requests go wrong, and how. */
export interface FaultChoice {
  /** The same seed gives the same faults to the same sequence of requests, whatever time each of them takes. */
  readonly seed: number | string;
  readonly rates?: FaultRates;
  /**
   * Asked for each request before anything is drawn; `undefined` leaves it to `rates`. `index` is the place among all
   * requests of this wrapper, from 0.
   */
  readonly plan?: (request: FaultRequest, index: number) => Fault | undefined;
  /** Only these requests, by index, may go wrong; the faults of each stay what they were. For replays with fewer faults. */
  readonly only?: ReadonlySet<number>;
  /** These requests, by index, are let through; the faults of the others stay what they were. */
  readonly without?: ReadonlySet<number>;
}

const DEFAULT_DELAY_MS = [1, 50] as const;

/** Most former answers to one read that are kept. */
export const FORMER_ANSWERS = 8;

/** Decides by seed, index and request alone, so that no fault depends on those before it. */
export class FaultSchedule {
  private readonly root: Random;

  /** @param cuts Whether a lost request or answer is a cut connection unless said otherwise, as it is on the wire. */
  constructor(
    private readonly choice: FaultChoice,
    private readonly cuts = false,
  ) {
    this.root = new Random(choice.seed);
  }

  /** Whether former answers may be asked for. */
  get mayReadStale(): boolean {
    const { plan, rates } = this.choice;
    return plan !== undefined || (rates?.staleRead ?? 0) > 0;
  }

  faultOf(request: FaultRequest, index: number): DetailedFault | undefined {
    const { plan, only, without } = this.choice;
    // Asked for excluded requests too, so that a plan that counts goes on counting.
    const planned = plan?.(request, index);
    if (without?.has(index) === true || only?.has(index) === false) return undefined;
    const chosen = planned ?? this.draw(request, index);
    if (chosen === undefined) return undefined;
    return this.detailed(typeof chosen === 'string' ? { kind: chosen } : chosen, request, index);
  }

  /** Randomness for one purpose within one request. */
  randomOf(index: number, purpose: string): Random {
    return this.root.fork(requestLabel(index)).fork(purpose);
  }

  private draw(request: FaultRequest, index: number): FaultKind | undefined {
    const { rates = {} } = this.choice;
    if (FAULT_KINDS.every((kind) => (rates[kind] ?? 0) === 0)) return undefined;
    const random = this.root.fork(requestLabel(index));
    // A number for each kind in its place, so that the rate of one kind has no part in the draw of another.
    const hits = FAULT_KINDS.filter((kind) => random.chance(rates[kind] ?? 0));
    return hits.find((kind) => canHappen(kind, request));
  }

  private detailed(fault: DetailedFault, request: FaultRequest, index: number): DetailedFault {
    const [min, max] = this.choice.rates?.delayMs ?? DEFAULT_DELAY_MS;
    const random = this.randomOf(index, `details of ${fault.kind}`);
    const wait = (): number => min + random.int(max - min + 1);
    if (fault.kind === 'delay') return 'beforeMs' in fault || 'afterMs' in fault ? fault : drawDelay(random, wait);
    const details = DETAILS[fault.kind](random, transactionItems(request), wait);
    return { ...details, ...(this.cuts && 'code' in details ? cut(fault.kind, random) : {}), ...fault };
  }
}

function requestLabel(index: number): string {
  return `request ${index}`;
}

function drawDelay(random: Random, wait: () => number): FaultOf<'delay'> {
  const place = random.pick(['before', 'after', 'both']);
  return {
    kind: 'delay',
    ...(place === 'after' ? {} : { beforeMs: wait() }),
    ...(place === 'before' ? {} : { afterMs: wait() }),
  };
}

function cut(kind: FaultKind, random: Random): object {
  return { code: 'ECONNRESET', ...(kind === 'dropResponse' ? { halfAnswered: random.chance(0.3) } : {}) };
}

type DrawDetails<K extends FaultKind> = (
  random: Random,
  transactionItems: number,
  wait: () => number,
) => Omit<FaultOf<K>, 'kind'>;

const networkCode = (random: Random): { code: 'ECONNRESET' | 'ETIMEDOUT' } => ({
  code: random.chance(0.5) ? 'ECONNRESET' : 'ETIMEDOUT',
});

const DETAILS: { readonly [K in Exclude<FaultKind, 'delay'>]: DrawDetails<K> } = {
  kill: (random) => ({ carriedOut: random.chance(0.5) }),
  dropRequest: networkCode,
  dropResponse: networkCode,
  throttle: (random, items) =>
    items > 0
      ? { item: random.int(items) }
      : { error: random.chance(0.5) ? 'ThrottlingException' : 'ProvisionedThroughputExceededException' },
  serverError: (random) => ({ status: random.chance(0.5) ? 500 : 503, carriedOut: random.chance(0.5) }),
  transactionConflict: (random, items) => (items > 0 ? { item: random.int(items) } : {}),
  resend: () => ({}),
  staleRead: (random) => ({ age: 1 + random.int(FORMER_ANSWERS) }),
  partialResult: (random) => ({ share: random.next() }),
  duplicate: (_random, _items, wait) => ({ afterMs: wait() }),
  lateRequest: (random, _items, wait) => ({ ...networkCode(random), afterMs: wait() }),
};
