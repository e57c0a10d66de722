import type { StreamId } from '../event/stream-id.js';
import type { Commit } from '../store/commit.js';
import { fromCommitItems, partsOf } from './commit-item.js';
import { IncompleteCommitError } from './incomplete-commit-error.js';
import type { Item } from './item-size.js';
import { ATTRIBUTES, parseCommitSortKey, parsePartSortKey } from './table-schema.js';

/** Makes commits of items that arrive in the order of their keys, or in the reverse one, page after page. */
export class CommitAssembly {
  private first: Item | undefined;
  private parts: Item[] = [];

  constructor(
    private readonly stream: StreamId,
    private readonly order: 'forward' | 'backward',
    /** ms since the epoch. What has expired by then may lack items, which DynamoDB deletes in any order. */
    private readonly now: number,
  ) {}

  /** Items that are still to come for the commit begun; 0 when none is. */
  get missing(): number {
    if (this.first !== undefined) return partsOf(this.first) - this.parts.length - 1;
    // Backward, the last part comes first, and its number tells how many there are.
    const oldest = this.order === 'backward' ? this.parts.at(-1) : undefined;
    return oldest === undefined ? 0 : partNumber(oldest) - 1;
  }

  /**
   * The commit that the item completes, if it does. Throws `IncompleteCommitError` for the commit begun before, when the
   * item shows that it is not complete; the item can be added again then, unless it belongs to that commit.
   */
  add(item: Item): Commit | undefined {
    if (parsePartSortKey(sortKeyOf(item)) !== undefined) {
      this.parts.push(item);
      return this.first !== undefined && this.missing === 0 ? this.complete(this.first) : undefined;
    }
    if (this.order === 'backward') return this.complete(item);
    this.end();
    this.first = item;
    return this.missing === 0 ? this.complete(item) : undefined;
  }

  /** Called when nothing follows. Throws when the commit begun is not complete. */
  end(): void {
    if (this.first !== undefined) this.complete(this.first);
    const parts = this.parts;
    this.parts = [];
    this.refuseOrphans(parts);
  }

  private complete(first: Item): Commit | undefined {
    const version = parseCommitSortKey(sortKeyOf(first));
    const parts = this.order === 'forward' ? this.parts : this.parts.reverse();
    this.first = undefined;
    this.parts = [];
    const own = parts.filter((part) => versionOf(part) === version);
    this.refuseOrphans(parts.filter((part) => versionOf(part) !== version));
    if (own.length + 1 !== partsOf(first) && this.isExpired(first)) return undefined;
    return fromCommitItems(this.stream, first, own);
  }

  private refuseOrphans(parts: readonly Item[]): void {
    const orphan = parts.find((part) => !this.isExpired(part));
    if (orphan !== undefined)
      throw new IncompleteCommitError(this.stream, versionOf(orphan), 'a part of a commit has no first item');
  }

  private isExpired(item: Item): boolean {
    const ttl = item[ATTRIBUTES.ttl]?.N;
    return ttl !== undefined && Number(ttl) * 1000 <= this.now;
  }
}

function sortKeyOf(item: Item): string {
  return item[ATTRIBUTES.sortKey]?.S ?? '';
}

function partNumber(item: Item): number {
  return parsePartSortKey(sortKeyOf(item))?.part ?? 1;
}

function versionOf(item: Item): number {
  return parsePartSortKey(sortKeyOf(item))?.version ?? 0;
}
