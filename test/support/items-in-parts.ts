import { toCommitItems } from '../../libs/dynamo-event-store/src/dynamo/commit-item.js';
import type { Item } from '../../libs/dynamo-event-store/src/dynamo/item-size.js';
import { partSortKey } from '../../libs/dynamo-event-store/src/dynamo/table-schema.js';
import type { Commit } from '../../libs/dynamo-event-store/src/store/commit.js';

/** The items of a commit as if each held only a few bytes, so that a test may have many parts of small commits. */
export function itemsInParts(commit: Commit, parts: number): readonly Item[] {
  const [item] = toCommitItems(commit, 4);
  if (parts === 1) return [item];
  const bytes = Buffer.from(commit.body);
  const size = Math.ceil(bytes.length / parts);
  const piece = (index: number): Item => ({ events: { B: bytes.subarray(index * size, (index + 1) * size) } });
  const first: Item = { ...item, parts: { N: String(parts) }, ...piece(0) };
  const further = Array.from({ length: parts - 1 }, (_, index): Item => ({
    pk: item['pk']!,
    sk: { S: partSortKey(commit.version, index + 2) },
    ...(item['ttl'] === undefined ? {} : { ttl: item['ttl'] }),
    ...piece(index + 1),
  }));
  return [first, ...further];
}
