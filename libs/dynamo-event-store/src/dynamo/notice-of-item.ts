import type { CommitNotice } from '../feed/commit-notice.js';
import type { UnreadableCommit } from '../feed/feed-source.js';
import { noticeOf } from '../feed/commit-notice.js';
import { fromCommitItems, partsOf } from './commit-item.js';
import type { Item } from './item-size.js';
import { ATTRIBUTES, parseCommitSortKey, parsePartitionKey } from './table-schema.js';

/** What an item of the event table is to a feed: news of a commit, damage, or nothing (snapshots, receipts, parts, tombstones). */
export type ItemNews = { readonly notice: CommitNotice } | { readonly unreadable: UnreadableCommit } | undefined;

export function newsOfItem(item: Item): ItemNews {
  const partitionKey = item[ATTRIBUTES.partitionKey]?.S ?? '';
  const sortKey = item[ATTRIBUTES.sortKey]?.S ?? '';
  const version = parseCommitSortKey(sortKey);
  if (version === undefined) return undefined;
  const key = `${partitionKey} ${sortKey}`;
  const stream = parsePartitionKey(partitionKey);
  if (stream === undefined)
    return { unreadable: { key, stream, version, cause: new SyntaxError(`"${partitionKey}" is not a stream's key.`) } };
  try {
    const notice = partsOf(item) === 1 ? noticeOf(fromCommitItems(stream, item)) : noticeOfFirstPart(stream, item);
    return notice && { notice };
  } catch (cause) {
    return { unreadable: { key, stream, version, cause } };
  }
}

/** The other parts are items of their own, which may come later or elsewhere: so the commit is read when it is needed. */
function noticeOfFirstPart(stream: CommitNotice['stream'], item: Item): CommitNotice | undefined {
  const alone = fromCommitItems(stream, { ...item, [ATTRIBUTES.parts]: { N: '1' }, [ATTRIBUTES.events]: { S: '[]' } });
  const notice = noticeOf(alone);
  return notice && { ...notice, commit: undefined };
}
