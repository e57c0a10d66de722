import { LRUCache } from 'lru-cache';
import type { StreamId } from '../event/stream-id.js';
import type { CommitNotice } from './commit-notice.js';
import type { UnreadableCommit } from './feed-source.js';

/** Streams remembered for each consumer: some 10 MB. */
const STREAMS = 50_000;

/** What this process has delivered to a consumer, to spare it most repetitions. Forgetting is harmless. */
export class DeliveredVersions {
  private readonly versions: LRUCache<string, number>;
  private readonly unreadable: LRUCache<string, true>;

  /** @param streams Streams remembered. */
  constructor(streams = STREAMS) {
    this.versions = new LRUCache({ max: streams });
    this.unreadable = new LRUCache({ max: streams });
  }

  /** Those that go beyond the highest version delivered of their stream. */
  newOf(notices: readonly CommitNotice[]): CommitNotice[] {
    return notices.filter(({ stream, last }) => last > (this.versions.get(keyOf(stream)) ?? 0));
  }

  newUnreadable(items: readonly UnreadableCommit[]): UnreadableCommit[] {
    return items.filter(({ key }) => !this.unreadable.has(key));
  }

  add(notices: readonly CommitNotice[], unreadable: readonly UnreadableCommit[]): void {
    for (const { stream, last } of notices) {
      const key = keyOf(stream);
      this.versions.set(key, Math.max(last, this.versions.get(key) ?? 0));
    }
    for (const { key } of unreadable) this.unreadable.set(key, true);
  }
}

function keyOf({ tenant, aggregate, id }: StreamId): string {
  return JSON.stringify([tenant ?? null, aggregate, id]);
}
