import type { DecodedEvent, EventCodec } from '../../libs/dynamo-event-store/src/event/event-codec.js';
import type { JsonValue } from '../../libs/dynamo-event-store/src/event/json-value.js';
import type { RecordedEvent } from '../../libs/dynamo-event-store/src/event/recorded-event.js';
import {
  CommitOpener,
  OpenCommit,
  type SelectionOptions,
} from '../../libs/dynamo-event-store/src/store/commit-events.js';
import type { Commit } from '../../libs/dynamo-event-store/src/store/commit.js';

/** What becomes of one stored event that nothing is merged with. */
export function decodeOne(
  codec: EventCodec,
  label: string,
  payload: JsonValue | Uint8Array,
  tagged: boolean,
): DecodedEvent {
  const { events } = codec.decode(codec.open(label, payload, tagged));
  const [event] = events;
  if (event === undefined || events.length > 1) throw new Error(`It became ${events.length} events.`);
  return event;
}

/** The events of a commit without personal data. */
export function eventsOf(commit: Commit, codec: EventCodec, options?: SelectionOptions): RecordedEvent[] {
  const opened = new CommitOpener(codec).prepare(commit);
  if (!(opened instanceof OpenCommit)) throw new Error('The commit holds personal data.');
  return [...opened.events(options)];
}
