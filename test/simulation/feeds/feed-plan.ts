import { Random, type FaultRates, type SimulatedStreamsOptions } from 'nestjs-dynamo-event-store/testing';

/** What befalls an instance of the service, at a time in ms from the beginning. */
export type Mishap =
  /** It dies, and a successor starts some time later. */
  | { readonly kind: 'crash'; readonly at: number; readonly instance: number; readonly downMs: number }
  /** None of its requests gets through for a while, then all of them do: a zombie, if others have taken over. */
  | { readonly kind: 'freeze'; readonly at: number; readonly instance: number; readonly forMs: number }
  /** It stops as one should, and a successor starts. */
  | { readonly kind: 'restart'; readonly at: number; readonly instance: number; readonly downMs: number }
  /** All of them are down for longer than the stream keeps records. */
  | { readonly kind: 'outage'; readonly at: number; readonly hours: number };

export interface CommitPlan {
  readonly stream: string;
  readonly kinds: readonly ('add' | 'empty' | 'note')[];
  readonly pauseMs: number;
}

export interface FeedPlan {
  readonly seed: string;
  readonly profile: string;
  readonly instances: number;
  readonly writers: readonly (readonly CommitPlan[])[];
  readonly mishaps: readonly Mishap[];
  readonly streams: SimulatedStreamsOptions;
  readonly rates: FaultRates;
  /** Probability that a method throws. */
  readonly failing: number;
  /** Events that no method can take, as `stream/version`. */
  readonly poison: ReadonlySet<string>;
  /** Whether the products are built anew while all of it goes on. */
  readonly rebuildAt: number | undefined;
}

const RATES: Readonly<Record<string, FaultRates>> = {
  calm: {},
  lossy: { dropRequest: 0.03, dropResponse: 0.05, resend: 0.05 },
  slow: { delay: 0.2, duplicate: 0.1, delayMs: [1, 400] },
  busy: { throttle: 0.04, serverError: 0.04, transactionConflict: 0.1 },
  'cut-short': { partialResult: 0.3, staleRead: 0.2 },
};

/** What happens in the history of a seed. */
export function feedPlanOf(seed: string): FeedPlan {
  const random = new Random(`${seed}/feed-plan`);
  const profile = random.pick(Object.keys(RATES));
  const streams = Array.from({ length: 1 + random.int(4) }, (_, index) => `c-${index}`);
  const instances = 1 + random.int(3);
  const writers = Array.from({ length: 1 + random.int(2) }, () =>
    Array.from({ length: 2 + random.int(8) }, (): CommitPlan => ({
      stream: random.pick(streams),
      kinds: Array.from({ length: random.chance(0.7) ? 1 : 1 + random.int(4) }, () =>
        random.pick(['add', 'add', 'add', 'empty', 'note'] as const),
      ),
      pauseMs: random.chance(0.3) ? 0 : random.int(1_500),
    })),
  );
  const mishaps = Array.from({ length: random.int(4) }, () => mishapOf(random, instances));
  return {
    seed,
    profile,
    instances,
    writers,
    mishaps: mishaps.sort((a, b) => a.at - b.at),
    streams: {
      shards: 1 + random.int(3),
      delayMs: (each) => (each.chance(0.2) ? 3_000 * each.next() : 20 + 200 * each.next()),
      ...(random.chance(0.5) ? { shardLifetimeMs: lifetimes(mishaps), splits: 0.4 } : {}),
      maxOpenShards: 4,
      emptyAnswers: 0.1,
    },
    rates: RATES[profile] ?? {},
    failing: random.chance(0.3) ? 0.1 : 0,
    poison: new Set(random.chance(0.2) ? [`${random.pick(streams)}/${1 + random.int(4)}`] : []),
    rebuildAt: random.chance(0.25) ? random.int(5_000) : undefined,
  };
}

/** Short lives, since a history is short; but years of shards in an outage of days would be too many. */
function lifetimes(mishaps: readonly Mishap[]): (random: Random) => number {
  const unit = mishaps.some(({ kind }) => kind === 'outage') ? 3_600_000 : 1_000;
  return (random) => unit * (1 + 6 * random.next());
}

function mishapOf(random: Random, instances: number): Mishap {
  const at = random.int(9_000);
  const instance = random.int(instances);
  const draw = random.next();
  if (draw < 0.5) return { kind: 'crash', at, instance, downMs: random.int(6_000) };
  if (draw < 0.75) return { kind: 'freeze', at, instance, forMs: 1_000 + random.int(12_000) };
  if (draw < 0.92) return { kind: 'restart', at, instance, downMs: random.int(3_000) };
  return { kind: 'outage', at, hours: 20 + random.int(30) };
}
