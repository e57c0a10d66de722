import type { CommitNotice } from '../feed/commit-notice.js';

/** What to do next with a stream, given how far it is applied. Versions are contiguous from step to step. */
export type DeliveryStep =
  /** Versions that no notice brought; both ends inclusive. */
  | { readonly kind: 'gap'; readonly from: number; readonly to: number }
  /** A commit of which at least the last version is new. */
  | { readonly kind: 'commit'; readonly notice: CommitNotice };

/**
 * Brings notices of one stream into the order of versions: what is applied already is dropped, however late it comes, and
 * what is missing in between is named, so that it can be read from the store.
 * @param applied Version up to which the stream has been applied.
 */
export function planDelivery(applied: number, notices: readonly CommitNotice[]): DeliveryStep[] {
  const steps: DeliveryStep[] = [];
  let next = applied + 1;
  for (const notice of notices.toSorted((a, b) => a.first - b.first)) {
    if (notice.last < next) continue;
    if (notice.first > next) steps.push({ kind: 'gap', from: next, to: notice.first - 1 });
    steps.push({ kind: 'commit', notice });
    next = notice.last + 1;
  }
  return steps;
}
