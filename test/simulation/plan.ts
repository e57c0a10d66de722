import type { CacheOptions, SnapshotOptions } from 'nestjs-dynamo-event-store';
import { Random, type FaultRates } from 'nestjs-dynamo-event-store/testing';

/** One thing that a process does. Amounts tell the events of one step from those of all others. */
export type Step =
  | {
      readonly kind: 'update';
      readonly id: string;
      readonly amounts: readonly number[];
      readonly key: string | undefined;
    }
  | {
      readonly kind: 'create';
      readonly id: string;
      readonly amounts: readonly number[];
      readonly key: string | undefined;
    }
  | { readonly kind: 'save-loaded'; readonly id: string; readonly amounts: readonly number[]; readonly pauseMs: number }
  | {
      readonly kind: 'append';
      readonly id: string;
      readonly amounts: readonly number[];
      readonly expected: 'head' | 'version' | 'any' | 'stale';
      readonly fillerBytes: number;
    }
  | {
      readonly kind: 'save-all';
      readonly ids: readonly string[];
      readonly unchanged: string | undefined;
      readonly amount: number;
      readonly key: string | undefined;
    }
  | { readonly kind: 'refused-update'; readonly id: string }
  | { readonly kind: 'load'; readonly id: string }
  | { readonly kind: 'read'; readonly id: string; readonly order: 'forward' | 'backward' }
  | { readonly kind: 'head'; readonly id: string };

export interface ProcessPlan {
  readonly name: string;
  readonly snapshot: SnapshotOptions | undefined;
  readonly cache: boolean | CacheOptions;
  /** Tries of the SDK, whose retries then lie above the faults; `undefined`: faults are what is left after them. */
  readonly sdkAttempts?: number | undefined;
  readonly steps: readonly Step[];
}

/** Where faults lie: above the SDK's retries, or below them. */
export type FaultPlace = 'above' | 'below';

export interface Plan {
  readonly seed: string;
  readonly profile: string;
  readonly rates: FaultRates;
  readonly processes: readonly ProcessPlan[];
}

const SNAPSHOTS: readonly (SnapshotOptions | undefined)[] = [
  undefined,
  { every: 1, write: 'await' },
  { every: 2 },
  { every: 3, write: 'await' },
  { everyBytes: 90 },
  { when: ({ version }) => version % 4 === 1, write: 'await' },
];

const CACHES: readonly (boolean | CacheOptions)[] = [false, true, true, { maxEntries: 1 }];

const PROFILES: Readonly<Record<string, FaultRates>> = {
  calm: {},
  lossy: { dropRequest: 0.05, dropResponse: 0.1, resend: 0.1 },
  slow: { delay: 0.3, duplicate: 0.15, delayMs: [1, 200] },
  busy: { throttle: 0.06, transactionConflict: 0.12, serverError: 0.06 },
  'cut-short': { partialResult: 0.4, staleRead: 0.2 },
  deadly: { kill: 0.06, dropResponse: 0.05 },
  everything: {
    dropRequest: 0.02,
    dropResponse: 0.05,
    resend: 0.05,
    delay: 0.1,
    duplicate: 0.06,
    throttle: 0.02,
    transactionConflict: 0.04,
    serverError: 0.03,
    partialResult: 0.15,
    staleRead: 0.1,
    kill: 0.02,
    delayMs: [1, 100],
  },
};

/** For faults below the SDK's retries, which most single ones do not survive. */
const PROFILES_BELOW: Readonly<Record<string, FaultRates>> = {
  ...PROFILES,
  exhausting: { throttle: 0.35, dropResponse: 0.2, delayMs: [1, 100] },
  'late and throttled': { throttle: 0.3, lateRequest: 0.2, transactionConflict: 0.1, delayMs: [1, 200] },
  failing: { serverError: 0.3, throttle: 0.2, lateRequest: 0.1, duplicate: 0.1, delayMs: [1, 200] },
};

/** What happens in the history of a seed: who does what, and how often what goes wrong. */
export function planOf(seed: string, place: FaultPlace = 'above'): Plan {
  const random = new Random(`${seed}/plan`);
  const profiles = place === 'above' ? PROFILES : PROFILES_BELOW;
  const profile = random.pick(Object.keys(profiles));
  const ids = Array.from({ length: 1 + random.int(2) }, (_, index) => `${seed}-${index}`);
  const steps = 2 + random.int(4);
  let amount = 0;
  const amounts = (): number[] =>
    Array.from({ length: random.chance(0.7) ? 1 : 1 + random.int(3) }, () => (amount += 1));
  const keyOf = (name: string, index: number) => (random.chance(0.25) ? `${name}-${index}` : undefined);
  const processes = Array.from({ length: 2 + random.int(2) }, (_, number): ProcessPlan => {
    const name = `p${number}`;
    return {
      name,
      snapshot: random.pick(SNAPSHOTS),
      cache: random.pick(CACHES),
      ...(place === 'above' ? {} : { sdkAttempts: 2 + random.int(2) }),
      steps: Array.from({ length: steps }, (__, index) => stepOf(random, ids, amounts, keyOf(name, index), index)),
    };
  });
  return { seed, profile, rates: profiles[profile] ?? {}, processes };
}

function stepOf(
  random: Random,
  ids: readonly string[],
  amounts: () => number[],
  key: string | undefined,
  index: number,
): Step {
  const id = random.pick(ids);
  if (index === 0 && random.chance(0.7)) return { kind: 'create', id, amounts: amounts(), key };
  const kind = random.pick([
    'update',
    'update',
    'update',
    'save-loaded',
    'append',
    'save-all',
    'refused-update',
    'load',
    'read',
    'head',
    'create',
  ] as const);
  switch (kind) {
    case 'update':
    case 'create':
      return { kind, id, amounts: amounts(), key };
    case 'save-loaded':
      return { kind, id, amounts: amounts(), pauseMs: random.int(60) };
    case 'append':
      return {
        kind,
        id,
        amounts: amounts(),
        expected: random.pick(['head', 'version', 'any', 'stale']),
        fillerBytes: random.chance(0.01) ? 450_000 : 0,
      };
    case 'save-all': {
      const written = ids.filter((each) => each === id || random.chance(0.6));
      const unchanged = ids.find((each) => !written.includes(each));
      return { kind, ids: written, unchanged, amount: amounts()[0] ?? 0, key };
    }
    case 'read':
      return { kind, id, order: random.pick(['forward', 'backward']) };
    default:
      return { kind, id };
  }
}
