import type { ChangeRecord } from './change-stream.js';
import { comparePositions, TRIM_HORIZON, type ShardPosition } from './shard-position.js';

/**
 * Where to read next for consumers at these places. When they are apart, the hindmost and the foremost take turns: one that
 * catches up on hours must not keep the others from what is new.
 */
export function nextPosition(positions: readonly ShardPosition[], turn: number): ShardPosition | undefined {
  const ordered = [...positions].sort(comparePositions);
  return turn % 2 === 0 ? ordered[0] : ordered.at(-1);
}

export interface Place {
  readonly position: ShardPosition;
}

export interface Shares<C> {
  /** Consumers that have reached the place, and the records that are new to them; none of an empty page. */
  readonly shares: readonly { readonly cursor: C; readonly records: readonly ChangeRecord[] }[];
  /** Consumers whose next records may have been dropped unseen. */
  readonly trimmed: readonly C[];
}

/**
 * Who gets what of a page that was read from a position. A consumer further back gets nothing, since it would miss what
 * lies between. Neither does one whose own place has been dropped: before the oldest record there may have been others.
 * @param isEnd Whether nothing follows the page.
 */
export function shareOut<C extends Place>(
  from: ShardPosition,
  records: readonly ChangeRecord[],
  isEnd: boolean,
  cursors: readonly C[],
): Shares<C> {
  const first = records[0]?.sequenceNumber;
  const isTrimmed = ({ position }: C): boolean => {
    if (from !== TRIM_HORIZON || position === TRIM_HORIZON) return false;
    return first === undefined ? isEnd : comparePositions(position, first) < 0;
  };
  const reached = cursors.filter(({ position }) => comparePositions(position, from) >= 0);
  const shares = reached
    .filter((cursor) => !isTrimmed(cursor))
    .map((cursor) => ({ cursor, records: recordsAfter(cursor.position, from, records) }));
  return { shares, trimmed: reached.filter(isTrimmed) };
}

function recordsAfter(
  position: ShardPosition,
  from: ShardPosition,
  records: readonly ChangeRecord[],
): readonly ChangeRecord[] {
  if (position === from) return records;
  return records.filter(({ sequenceNumber }) => comparePositions(sequenceNumber, position) > 0);
}
