import { UnknownEventError, UpcastError } from '../errors/event-errors.js';
import type { UpcastTarget } from '../metadata/metadata-storage.js';
import type { UpcasterDefinition, UpcastEvent } from './upcaster.js';
import { followersOf, targetsOf, type CurrentVersion, type UpcasterSet } from './upcaster-set.js';
import { isThenable } from './value-kind.js';

/** A stored event, in the version that it has reached so far. */
export interface VersionedPayload {
  readonly name: string;
  readonly version: number;
  readonly payload: unknown;
}

/** What became of a stored event. */
export interface UpcastResult {
  /** None when it was dropped, several when it was split. */
  readonly events: readonly VersionedPayload[];
  /** Events after it that were merged into it. */
  readonly merged: number;
}

/** The events after one in its commit, from the nearest on; `undefined` behind the last. */
export type Following = (index: number) => VersionedPayload | undefined;

const NOTHING: Following = () => undefined;

/** Far more steps than any history of an event has; upcasters that lead round in a circle take more. */
const MAX_STEPS = 1_000;

/** Brings stored events to the versions that the registered classes have. */
export class Upcasting {
  constructor(
    private readonly upcasters: UpcasterSet,
    private readonly find: (name: string) => CurrentVersion | undefined,
  ) {}

  /**
   * @throws UnknownEventError It has a version that nothing leads on from, or that is newer than the class.
   * @throws UpcastError An upcaster failed.
   */
  run(stored: VersionedPayload, following: Following = NOTHING, taken = 0): UpcastResult {
    let current = this.named(stored);
    let merged = 0;
    for (let steps = taken; ; steps++) {
      if (steps > MAX_STEPS) throw new UpcastError(current.name, current.version, 'it leads round in a circle.');
      const after: Following = (index) => following(merged + index);
      const step = this.stepFrom(current, after);
      if (step === undefined) return { events: [this.checked(current)], merged };
      merged += step.merged;
      const [only, ...others] = step.events;
      if (only === undefined || others.length > 0)
        return { events: step.events.flatMap((event) => this.run(event, NOTHING, steps + 1).events), merged };
      current = only;
    }
  }

  /** What the next upcaster makes of an event; `undefined` when there is none. */
  private stepFrom(current: VersionedPayload, following: Following): UpcastResult | undefined {
    for (const upcaster of this.upcasters.allFrom(current.name, current.version)) {
      const followers = this.followersFor(upcaster, following);
      if (followers !== undefined) return { events: apply(upcaster, current, followers), merged: followers.length };
    }
    return undefined;
  }

  /** Payloads of the events that the upcaster merges; `undefined` when others follow. */
  private followersFor(upcaster: UpcasterDefinition, following: Following): unknown[] | undefined {
    const payloads: unknown[] = [];
    for (const [index, target] of followersOf(upcaster).entries()) {
      const follower = following(index);
      const reached = follower && this.reach(follower, target);
      if (reached === undefined) return undefined;
      payloads.push(reached.payload);
    }
    return payloads;
  }

  /** Brings an event to a version on its way, by the upcasters that make one event of one. */
  private reach(stored: VersionedPayload, target: UpcastTarget): VersionedPayload | undefined {
    let current: VersionedPayload | undefined = this.named(stored);
    for (let steps = 0; current !== undefined && steps < MAX_STEPS; steps++) {
      if (current.name === target.event && current.version === target.version) return current;
      const reached: readonly VersionedPayload[] = this.stepFrom(current, NOTHING)?.events ?? [];
      current = reached.length === 1 ? reached[0] : undefined;
    }
    return undefined;
  }

  private named({ name, version, payload }: VersionedPayload): VersionedPayload {
    return { name: this.find(name)?.name ?? name, version, payload };
  }

  private checked(reached: VersionedPayload): VersionedPayload {
    const { name, version } = reached;
    const known = this.find(name)?.version ?? Math.max(version, this.upcasters.highestOf(name));
    if (version > known)
      throw new UnknownEventError(
        name,
        version,
        `It was written by a newer application; this one knows version ${known}.`,
      );
    if (version < known)
      throw new UnknownEventError(name, version, `Add an upcaster from version ${version} to ${version + 1}.`);
    return reached;
  }
}

function apply(
  upcaster: UpcasterDefinition,
  { name, version, payload }: VersionedPayload,
  following: readonly unknown[],
): readonly VersionedPayload[] {
  const targets = targetsOf(upcaster);
  const [only] = targets;
  if (only === undefined) return [];
  let result: unknown;
  try {
    result = upcaster.upcast(payload, ...following);
  } catch (cause) {
    throw new UpcastError(name, version, cause instanceof Error ? cause.message : String(cause), cause);
  }
  const fail = (fault: string): never => {
    throw new UpcastError(name, version, fault);
  };
  if (result === undefined) return fail('it returned nothing; return the new payload.');
  if (isThenable(result)) return fail('it returned a promise; upcasters are synchronous.');
  if (targets.length === 1) return [{ name: only.event, version: only.version, payload: result }];
  if (!Array.isArray(result)) return fail('it has several targets, so it returns a list of { event, payload }.');
  return (result as readonly unknown[]).map((each) => targeted(each, targets) ?? fail(faultOf(each)));
}

function targeted(result: unknown, targets: readonly UpcastTarget[]): VersionedPayload | undefined {
  if (!isUpcastEvent(result)) return undefined;
  const { event, version, payload } = result;
  const matching = targets.filter((each) => each.event === event && (version ?? each.version) === each.version);
  const [target, ...others] = matching;
  return target === undefined || others.length > 0 ? undefined : { name: event, version: target.version, payload };
}

function faultOf(result: unknown): string {
  if (!isUpcastEvent(result)) return 'it has several targets, so each result is { event, payload }.';
  const version = result.version === undefined ? '' : ` version ${result.version}`;
  return `it returned the event "${result.event}"${version}, which is not one of its targets, or not one alone. An event stays in the stream of its aggregate, so it can only become what is named in \`into\`.`;
}

function isUpcastEvent(result: unknown): result is UpcastEvent {
  return (
    typeof result === 'object' &&
    result !== null &&
    'event' in result &&
    typeof result.event === 'string' &&
    'payload' in result &&
    result.payload !== undefined
  );
}
