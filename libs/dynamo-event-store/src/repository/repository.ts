import type { AggregateClass, AggregateRoot } from '../aggregate/aggregate-root.js';
import type { EventSequence, ListQuery, Page, ReadRange, StreamInfo } from '../store/event-store.js';
import type { StreamHead } from '../store/stream-head.js';
import type { AggregateRepository, Decision } from './aggregate-repository.js';
import type { LoadOptions, SaveOptions, UpdateOptions } from './repository-options.js';

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

  /** See `AggregateRepository.update`. */
  update(id: string, decide: Decision<A>, options?: UpdateOptions): Promise<StreamHead> {
    return this.repository.update(this.aggregateClass, id, decide, options);
  }

  /** See `AggregateRepository.history`. */
  history(id: string, range?: ReadRange): EventSequence {
    return this.repository.history(this.aggregateClass, id, range);
  }

  /** See `AggregateRepository.list`. */
  list(query?: ListQuery): Promise<Page<StreamInfo>> {
    return this.repository.list(this.aggregateClass, query);
  }
}
