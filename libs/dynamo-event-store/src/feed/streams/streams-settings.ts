import { InvalidDefinitionError } from '../../errors/invalid-definition-error.js';

/** All in ms, whole numbers. */
export interface StreamsFeedSettings {
  /**
   * How long an instance may be silent before others take its shards over; it gives a sign of life three times as often,
   * with one write per shard. The takeover comes at most 4/3 of this after the last one, and one request. Shards that are
   * given up at shutdown are taken within a third of it. From 1,000 to 300,000. Default 10,000.
   */
  readonly leaseMs?: number;
  /** Pause after a shard had nothing new; 10 to 60,000. Default 200. While records come there is none. */
  readonly pollMs?: number;
  /** What that pause grows to while nothing comes; from `pollMs` to 60,000. Default 1,000. */
  readonly idlePollMs?: number;
  /** How often new shards are looked for, besides whenever a shard ends; 1,000 to 600,000. Default 30,000. */
  readonly discoverMs?: number;
}

const RANGES = {
  leaseMs: { least: 1_000, most: 300_000, usual: 10_000 },
  pollMs: { least: 10, most: 60_000, usual: 200 },
  idlePollMs: { least: 10, most: 60_000, usual: 1_000 },
  discoverMs: { least: 1_000, most: 600_000, usual: 30_000 },
} as const;

/** @throws InvalidDefinitionError Lists every setting that is out of range. */
export function resolveStreamsSettings(settings: StreamsFeedSettings): Required<StreamsFeedSettings> {
  const { leaseMs = RANGES.leaseMs.usual, pollMs = RANGES.pollMs.usual } = settings;
  const { idlePollMs = Math.max(pollMs, RANGES.idlePollMs.usual), discoverMs = RANGES.discoverMs.usual } = settings;
  const resolved = { leaseMs, pollMs, idlePollMs, discoverMs };
  const faults = Object.entries(resolved).flatMap(([name, value]) => {
    const { least, most } = RANGES[name as keyof typeof RANGES];
    if (Number.isInteger(value) && value >= least && value <= most) return [];
    return [`${name} is ${value}, but must be a whole number of ms from ${least} to ${most}.`];
  });
  if (idlePollMs < pollMs) faults.push(`idlePollMs is ${idlePollMs}, but must not be less than pollMs, ${pollMs}.`);
  if (faults.length > 0) throw new InvalidDefinitionError('StreamsFeedOptions', faults);
  return resolved;
}
