import type { AggregateClass, AggregateRoot } from '../aggregate/aggregate-root.js';
import type { StreamId } from '../event/stream-id.js';
import type { Page, StreamInfo, StoredCommand } from '../store/event-store.js';
import type { EventSequence } from '../store/event-sequence.js';
import type { StreamHead } from '../store/stream-head.js';
import type { AggregateRepository } from './aggregate-repository.js';
import type {
  AggregateQuery,
  CloseAggregateOptions,
  HistoryOptions,
  LoadOptions,
  RebuildOptions,
  RebuildResult,
  SaveAllOptions,
  SaveOptions,
  StoredCommandOptions,
  TenantOptions,
  UpdateOptions,
} from './repository-options.js';
import type { Decision } from './update-command.js';

/** `AggregateRepository` bound to one class; injected with `@InjectRepository(Order)`. */
export class Repository<A extends AggregateRoot> {
  constructor(
    private readonly repository: AggregateRepository,
    private readonly aggregateClass: AggregateClass<A>,
  ) {}

  /** See `AggregateRepository.forTenant`. */
  forTenant(tenant: string): Repository<A> {
    return new Repository(this.repository.forTenant(tenant), this.aggregateClass);
  }

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
  storedCommand(id: string, command: StoredCommandOptions): Promise<StoredCommand | undefined> {
    return this.repository.storedCommand(this.aggregateClass, id, command);
  }

  /** See `AggregateRepository.holderOf`. The holder may be of any class. */
  holderOf(scope: string, value: string, options?: TenantOptions): Promise<StreamId | undefined> {
    return this.repository.holderOf(scope, value, options);
  }

  /** See `AggregateRepository.history`. */
  history(id: string, options?: HistoryOptions): EventSequence {
    return this.repository.history(this.aggregateClass, id, options);
  }

  /** See `AggregateRepository.list`. */
  list(query?: AggregateQuery): Promise<Page<StreamInfo>> {
    return this.repository.list(this.aggregateClass, query);
  }

  /** See `AggregateRepository.close`. */
  close(id: string, options?: CloseAggregateOptions): Promise<StreamHead> {
    return this.repository.close(this.aggregateClass, id, options);
  }

  /** See `AggregateRepository.archive`. */
  archive(id: string, archived?: boolean, options?: TenantOptions): Promise<void> {
    return this.repository.archive(this.aggregateClass, id, archived, options);
  }

  /** See `AggregateRepository.purge`. */
  purge(id: string, options?: TenantOptions): Promise<number> {
    return this.repository.purge(this.aggregateClass, id, options);
  }

  /** See `AggregateRepository.rebuildSnapshots`. */
  rebuildSnapshots(options?: RebuildOptions): Promise<RebuildResult> {
    return this.repository.rebuildSnapshots(this.aggregateClass, options);
  }
}
