import { ProjectionBehindError, StreamParkedError } from '../errors/projection-errors.js';
import type { StreamId } from '../event/stream-id.js';
import { sameStream } from '../event/stream-id.js';
import { elapsedOn, type FeedClock } from '../feed/feed-clock.js';
import type { ParkedStreams } from './parked-streams.js';
import type { SubscriptionRunner } from './subscription-runner.js';

/** A place in a stream: a `StreamHead`, or a version that a caller was told. */
export interface StreamVersion {
  readonly stream: StreamId;
  readonly version: number;
}

export interface WaitOptions {
  /** How long to wait at most, in ms. Default 5,000. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_TIMEOUT_MS = 5_000;
/** Pauses between looks at progress that another process makes: growing, since most waits are short. */
const FIRST_LOOK_MS = 20;
const LAST_LOOK_MS = 250;

/** The build whose views are served. */
export interface ServedBuild {
  readonly generation: number;
  readonly runner: SubscriptionRunner;
  readonly parked: ParkedStreams;
}

/**
 * Resolves when the stream is applied up to the version. Progress of this process is noticed at once, that of others by
 * asking.
 * @param served Asked again and again, since another build may be switched to meanwhile.
 * @throws ProjectionBehindError Not in time.
 * @throws StreamParkedError The stream is parked before that version.
 */
export async function waitForProgress(
  served: () => Promise<ServedBuild>,
  target: StreamVersion,
  clock: FeedClock,
  { timeoutMs = DEFAULT_TIMEOUT_MS, signal }: WaitOptions,
): Promise<void> {
  const deadline = { started: elapsedOn(clock), timeoutMs, signal };
  let build: ServedBuild | undefined = await served();
  while (build !== undefined) build = await waitForBuild(build, served, target, clock, deadline);
}

interface Deadline {
  readonly started: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** @returns The build that is served by now, if it is another one and this one has not come so far. */
async function waitForBuild(
  { generation, runner, parked }: ServedBuild,
  served: () => Promise<ServedBuild>,
  { stream, version }: StreamVersion,
  clock: FeedClock,
  { started, timeoutMs, signal }: Deadline,
): Promise<ServedBuild | undefined> {
  if (runner.knownPosition(stream) >= version) return undefined;
  const reached = new AbortController();
  const unwatch = runner.watch((moved, at) => {
    if (at >= version && sameStream(moved, stream)) reached.abort();
  });
  const either = signal === undefined ? reached.signal : AbortSignal.any([reached.signal, signal]);
  try {
    let wanted: number | undefined;
    for (let lookMs = FIRST_LOOK_MS; ; lookMs = Math.min(LAST_LOOK_MS, lookMs * 2)) {
      const applied = await runner.appliedOf(stream);
      if (applied >= version) return undefined;
      wanted ??= await runner.lastWanted(stream, applied, version);
      if (wanted !== undefined && applied >= wanted) return undefined;
      const obstacle = await parked.find(stream);
      if (obstacle !== undefined && obstacle.resuming !== true && obstacle.version <= version)
        throw new StreamParkedError(runner.name, stream, obstacle.version, obstacle.reason);
      const waitedMs = elapsedOn(clock) - started;
      if (waitedMs >= timeoutMs || signal?.aborted === true)
        throw new ProjectionBehindError(runner.name, stream, version, applied, Math.round(waitedMs));
      await clock.sleep(Math.min(lookMs, timeoutMs - waitedMs), either);
      if (reached.signal.aborted) return undefined;
      const current = await served();
      if (current.generation !== generation) return current;
    }
  } finally {
    unwatch();
  }
}
