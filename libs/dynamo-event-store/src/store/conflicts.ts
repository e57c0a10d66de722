import type { StreamConflict } from '../errors/concurrency-error.js';
import { ValueNotHeldError, ValueTakenError, type HeldValue } from '../errors/reservation-errors.js';
import { StreamClosedError } from '../errors/store-errors.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import type { StreamId } from '../event/stream-id.js';
import { endOf, type Commit } from './commit.js';
import type { CommitOpener } from './commit-events.js';
import type { HeldObstacle, Obstacle } from './commit-log.js';
import type { HeadLedger } from './stream-head.js';

/** Says who won, and proves where the stream went on from there. */
export class Conflicts {
  constructor(
    private readonly heads: HeadLedger,
    private readonly opener: CommitOpener,
  ) {}

  /** @param found The commit that stands where the refused one would have gone. */
  async of(stream: StreamId, expected: number, found: Commit): Promise<StreamConflict> {
    const { winner, keys } = await this.tryDecode(found);
    const head = this.heads.issue(stream, { ...found, keys });
    return { stream, expected, actual: head.version, winner, reason: 'moved-on', head };
  }

  // The winner may hold events that this process does not know yet; the conflict is what matters.
  private async tryDecode(commit: Commit): Promise<{ winner: RecordedEvent[]; keys: string[] }> {
    try {
      const opened = await this.opener.open(commit);
      const keys = [...opened.keyIds];
      const events = [...opened.events()];
      const winner = keys.length === 0 ? events : events.map(unlisted);
      again.set(winner, () => [...opened.events()]);
      return { winner, keys };
    } catch {
      return { winner: [], keys: [] };
    }
  }
}

const again = new WeakMap<readonly RecordedEvent[], () => RecordedEvent[]>();

/** The events of a commit that won once more, for whoever may keep parts of them: those of the conflict are the caller's too. */
export function eventsOfWinner(winner: readonly RecordedEvent[]): readonly RecordedEvent[] {
  return again.get(winner)?.() ?? winner;
}

/** Errors end in logs, as JSON too, and an event with personal data must not go there with them. */
function unlisted(recorded: RecordedEvent): RecordedEvent {
  return Object.defineProperty({ ...recorded }, 'event', { enumerable: false });
}

export function closedError(tombstone: Commit): StreamClosedError {
  return new StreamClosedError(tombstone.stream, endOf(tombstone), new Date(tombstone.recordedAt));
}

/** Who holds what was to be reserved, or else what was to be released; `undefined` when no value stands in the way. */
export function heldValueError(
  writes: readonly { readonly stream: StreamId }[],
  obstacles: readonly Obstacle[],
): ValueTakenError | ValueNotHeldError | undefined {
  const held = (change: HeldObstacle['change']): HeldValue[] =>
    writes.flatMap(({ stream }, index) =>
      (obstacles[index]?.held ?? [])
        .filter((each) => each.change === change)
        .map(({ scope, holder }) => ({ stream, scope, holder })),
    );
  const [taken, ...others] = held('reserve');
  if (taken !== undefined) return new ValueTakenError({ ...taken, others });
  const [foreign] = held('release');
  return foreign && new ValueNotHeldError(foreign);
}
