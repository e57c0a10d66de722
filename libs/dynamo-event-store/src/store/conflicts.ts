import type { StreamConflict } from '../errors/concurrency-error.js';
import { StreamClosedError } from '../errors/store-errors.js';
import type { EventCodec } from '../event/event-codec.js';
import type { RecordedEvent } from '../event/recorded-event.js';
import type { StreamId } from '../event/stream-id.js';
import { endOf, eventsOf, type Commit } from './commit.js';
import type { HeadLedger } from './stream-head.js';

/** Says who won, and proves where the stream went on from there. */
export class Conflicts {
  constructor(
    private readonly heads: HeadLedger,
    private readonly codec: EventCodec,
  ) {}

  /** @param found The commit that stands where the refused one would have gone. */
  of(stream: StreamId, expected: number, found: Commit): StreamConflict {
    const head = this.heads.issue(stream, found);
    return { stream, expected, actual: head.version, winner: this.tryDecode(found), reason: 'moved-on', head };
  }

  // The winner may hold events that this process does not know yet; the conflict is what matters.
  private tryDecode(commit: Commit): RecordedEvent[] {
    try {
      return eventsOf(commit, this.codec);
    } catch {
      return [];
    }
  }
}

export function closedError(tombstone: Commit): StreamClosedError {
  return new StreamClosedError(tombstone.stream, endOf(tombstone), new Date(tombstone.recordedAt));
}
