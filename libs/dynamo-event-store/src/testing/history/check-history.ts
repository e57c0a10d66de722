import type { RecordedEvent } from '../../event/recorded-event.js';
import type { StreamId } from '../../event/stream-id.js';
import { Histories } from './histories.js';
import { checkConflicts } from './check-conflicts.js';
import { checkOrder } from './check-order.js';
import { checkReads } from './check-reads.js';
import { checkStoredEvents } from './check-stored-events.js';
import { checkAtomicity, checkWrites } from './check-writes.js';
import type { FinalStreams } from './final-streams.js';
import type { HistoryRecord } from './history-record.js';
import { operationIdOf } from './operation-id.js';
import { Timeline } from './timeline.js';
import { Violations, type Violation } from './violation.js';

export interface HistoryCheckOptions {
  /**
   * Finds in a stored event the `id` of the operation that wrote it, or the `key` of its attempts.
   * Default: `operationId` in the metadata.
   */
  readonly operationOf?: ((event: RecordedEvent) => string | undefined) | undefined;
  /** Streams to leave out, such as those that were purged or may expire. Default: none. */
  readonly ignore?: ((stream: StreamId) => boolean) | undefined;
}

/**
 * Compares what callers were told with what is stored, and finds every contradiction: whether each stream behaved as if
 * its operations had happened one at a time, each at some instant between its start and its end, with nothing
 * acknowledged missing, nothing refused there, nothing twice, no false conflict and no incomplete read.
 *
 * All writes to the streams must be recorded, also those that prepare them. Time and memory grow with the number of
 * operations and events, up to sorting.
 *
 * ```ts
 * const final = await readFinalStreams(store, streamsOf(recorder.records));
 * const [violation] = checkHistory(recorder.records, final);
 * if (violation) throw new Error(formatHistory(recorder.records, violation));
 * ```
 *
 * @param final What the streams hold when all is over, from `readFinalStreams`.
 * @returns Nothing when all guarantees hold. One fault may show in several ways.
 * @throws InvalidArgumentError Two records have one id.
 */
export function checkHistory(
  records: readonly HistoryRecord[],
  final: FinalStreams,
  options: HistoryCheckOptions = {},
): readonly Violation[] {
  const { operationOf = operationIdOf, ignore = () => false } = options;
  const violations = new Violations();
  const histories = new Histories({ records, final, operationOf, ignore });
  const torn = checkAtomicity(histories, records, violations);
  const writers = new Set<object | undefined>();
  for (const { commits } of histories.all()) for (const { writer } of commits) writers.add(writer?.record);
  for (const history of histories.all()) {
    const timeline = new Timeline();
    checkStoredEvents(history, violations);
    checkWrites(history, torn, violations);
    checkOrder(history, timeline, violations);
    checkConflicts(history, timeline, violations);
    checkReads(history, (record) => writers.has(record), timeline, violations);
    timeline.check(history.stream, violations);
  }
  return violations.found;
}
