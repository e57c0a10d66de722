import { LRUCache } from 'lru-cache';
import { InvalidArgumentError } from '../../errors/argument-errors.js';
import type { StoredView } from './view-item.js';

const DEFAULT_ENTRIES = 1000;
/** Characters of all values together. */
const MAX_TEXT = 32 * 1024 * 1024;

/**
 * Items that are the progress of their stream, as this process last read or wrote them. They are used only for a step
 * from their very version, and the write is conditional on it, so a copy that is out of date does no harm.
 */
export class ViewCache {
  private readonly entries: LRUCache<string, StoredView> | undefined;

  /** @throws InvalidArgumentError The size is not a whole number from 0. */
  constructor(maxEntries = DEFAULT_ENTRIES) {
    if (!Number.isSafeInteger(maxEntries) || maxEntries < 0)
      throw new InvalidArgumentError('cacheSize', `is ${maxEntries}, but must be a whole number from 0.`);
    if (maxEntries > 0)
      this.entries = new LRUCache({
        max: maxEntries,
        maxSize: MAX_TEXT,
        sizeCalculation: ({ text, key }) => key.length + (text?.length ?? 0),
      });
  }

  get(itemKey: string): StoredView | undefined {
    return this.entries?.get(itemKey);
  }

  set(itemKey: string, stored: StoredView): void {
    this.entries?.set(itemKey, stored);
  }

  drop(itemKey: string): void {
    this.entries?.delete(itemKey);
  }

  clear(): void {
    this.entries?.clear();
  }
}
