import { LRUCache } from 'lru-cache';
import type { AggregateClass, AggregateRoot } from '../aggregate/aggregate-root.js';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { streamKeyOf, type StreamId } from '../event/stream-id.js';
import type { Replica } from './replica.js';
import { sizeOfState } from './state-size.js';

/** Bounds of a cache of aggregate states. */
export interface CacheOptions {
  /** Aggregates: a whole number from 1. Default 1,000. */
  readonly maxEntries?: number;
  /** Estimated size of their states together, in bytes: a whole number from 1. Default 64 MB. */
  readonly maxBytes?: number;
}

const DEFAULT_ENTRIES = 1000;
const DEFAULT_BYTES = 64 * 1024 * 1024;

/** A new object each time, since a value that is there already would not be measured again. */
interface Kept {
  readonly replica: Replica;
}

/** The most recently used states of one repository. What it holds is private; callers get copies. */
export class AggregateCache {
  private readonly entries: LRUCache<string, Kept>;

  constructor({ maxEntries = DEFAULT_ENTRIES, maxBytes = DEFAULT_BYTES }: CacheOptions) {
    const faults = Object.entries({ maxEntries, maxBytes }).flatMap(([name, value]) =>
      Number.isSafeInteger(value) && value > 0 ? [] : [`cache.${name} is ${value}, but must be a whole number from 1.`],
    );
    if (faults.length > 0) throw new InvalidDefinitionError('The options of the cache', faults);
    this.entries = new LRUCache({
      max: maxEntries,
      maxSize: maxBytes,
      sizeCalculation: ({ replica }) => sizeOfState(replica.state),
    });
  }

  get<A extends AggregateRoot>(aggregateClass: AggregateClass<A>, stream: StreamId): Replica<A> | undefined {
    const replica = this.entries.get(streamKeyOf(stream))?.replica;
    // Two classes of one family may share a name; the state of one is not that of the other.
    return replica?.aggregateClass === aggregateClass ? (replica as Replica<A>) : undefined;
  }

  /** Takes a state in, or measures one again that has grown. */
  put(stream: StreamId, replica: Replica): void {
    this.entries.set(streamKeyOf(stream), { replica });
  }

  clear(): void {
    this.entries.clear();
  }

  remove(stream: StreamId): void {
    this.entries.delete(streamKeyOf(stream));
  }

  get size(): { readonly entries: number; readonly bytes: number } {
    return { entries: this.entries.size, bytes: this.entries.calculatedSize };
  }
}
