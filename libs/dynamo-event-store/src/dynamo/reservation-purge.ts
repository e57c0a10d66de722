import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { describeStream, type StreamId } from '../event/stream-id.js';
import type { ReservationChange } from '../store/reservation.js';
import { watched } from './attempts.js';
import type { DynamoRequests } from './dynamo-requests.js';
import type { Item } from './item-size.js';
import { decodeChanges, planFree, type ReservingCommit } from './reservation-item.js';
import { ATTRIBUTES } from './table-schema.js';

/** Deletions that are under way at a time. */
const SIDE_BY_SIDE = 10;

/**
 * Frees the values that these commits of a stream have reserved, and that it still holds. May be repeated. What a commit
 * outside of them has reserved again stays, until that one's turn.
 * @param items Commits in order; other items are passed over.
 * @returns How many reservations were deleted.
 */
export async function freeValues(
  requests: DynamoRequests,
  table: string,
  stream: StreamId,
  items: readonly Item[],
): Promise<number> {
  const request = { operation: 'purge', table, stream: describeStream(stream) };
  const held = [...heldAfter(stream, items).values()];
  let deleted = 0;
  for (let at = 0; at < held.length; at += SIDE_BY_SIDE) {
    const answers = await Promise.all(
      held.slice(at, at + SIDE_BY_SIDE).map(({ commit, change }) => {
        const command = watched(new DeleteItemCommand(planFree(table, commit, change)));
        return requests.sendConditional(request, (client) => client.send(command));
      }),
    );
    deleted += answers.filter((answer) => 'output' in answer).length;
  }
  return deleted;
}

/** What the last of the commits to name a value has reserved, by digest. */
function heldAfter(
  stream: StreamId,
  items: readonly Item[],
): ReadonlyMap<string, { readonly commit: ReservingCommit; readonly change: ReservationChange }> {
  const held = new Map<string, { readonly commit: ReservingCommit; readonly change: ReservationChange }>();
  for (const item of items) {
    const changes = item[ATTRIBUTES.reservations];
    if (changes === undefined) continue;
    const commitId = item[ATTRIBUTES.commitId]?.S ?? '';
    const commit = { stream, commitId, recordedAt: Number(item[ATTRIBUTES.recordedAt]?.N) };
    for (const change of decodeChanges(changes)) {
      if (change.change === 'reserve') held.set(change.digest, { commit, change });
      else held.delete(change.digest);
    }
  }
  return held;
}
