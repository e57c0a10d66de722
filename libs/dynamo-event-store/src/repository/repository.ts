import type { AggregateClass, AggregateRoot } from '../aggregate/aggregate-root.js';
import type { CommandIdentity, ListQuery, Page, ReadRange, StreamInfo, StoredCommand } from '../store/event-store.js';
import type { EventSequence } from '../store/event-sequence.js';
import type { StreamHead } from '../store/stream-head.js';
import type { AggregateRepository } from './aggregate-repository.js';
import type {
  CloseAggregateOptions,
  LoadOptions,
  RebuildOptions,
  RebuildResult,
  SaveAllOptions,
  SaveOptions,
  UpdateOptions,
} from './repository-options.js';
import type { Decision } from './update-command.js';

/** `AggregateRepository` bound to one class; injected with `@InjectRepository(Order)`. */
export class Repository<A extends AggregateRoot> {
  constructor(
    private readonly repository: AggregateRepository,
    private readonly aggregateClass: AggregateClass<A>,
  ) {}

  /** See `AggregateRepository.load`. */
  load(id: string, options?: LoadOptions): Promise<A> {
    return this.repository.load(this.aggregateClass, id, options);
  }

  /** See `AggregateRepository.find`. */
  find(id: string, options?: LoadOptions): Promise<A | undefined> {
    return this.repository.find(this.aggregateClass, id, options);
  }

  /** See `AggregateRepository.save`. */
  save(aggregate: A, options?: SaveOptions): Promise<StreamHead> {
    return this.repository.save(aggregate, options);
  }

  /** See `AggregateRepository.saveAll`; `unchanged` may be of any class. */
  saveAll(aggregates: readonly A[], options?: SaveAllOptions): Promise<StreamHead[]> {
    return this.repository.saveAll(aggregates, options);
  }

  /** See `AggregateRepository.update`. */
  update(id: string, decide: Decision<A>, options?: UpdateOptions): Promise<StreamHead> {
    return this.repository.update(this.aggregateClass, id, decide, options);
  }

  /** See `AggregateRepository.storedCommand`. */
  storedCommand(
    id: string,
    identity: CommandIdentity & { readonly idempotencyKey: string },
  ): Promise<StoredCommand | undefined> {
    return this.repository.storedCommand(this.aggregateClass, id, identity);
  }

  /** See `AggregateRepository.history`. */
  history(id: string, range?: ReadRange): EventSequence {
    return this.repository.history(this.aggregateClass, id, range);
  }

  /** See `AggregateRepository.list`. */
  list(query?: ListQuery): Promise<Page<StreamInfo>> {
    return this.repository.list(this.aggregateClass, query);
  }

  /** See `AggregateRepository.close`. */
  close(id: string, options?: CloseAggregateOptions): Promise<StreamHead> {
    return this.repository.close(this.aggregateClass, id, options);
  }

  /** See `AggregateRepository.archive`. */
  archive(id: string, archived?: boolean): Promise<void> {
    return this.repository.archive(this.aggregateClass, id, archived);
  }

  /** See `AggregateRepository.purge`. */
  purge(id: string): Promise<number> {
    return this.repository.purge(this.aggregateClass, id);
  }

  /** See `AggregateRepository.rebuildSnapshots`. */
  rebuildSnapshots(options?: RebuildOptions): Promise<RebuildResult> {
    return this.repository.rebuildSnapshots(this.aggregateClass, options);
  }
}
