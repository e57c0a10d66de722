import { QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { InvalidArgumentError } from '../../errors/argument-errors.js';
import type { ProgressFence } from '../../projection/progress-fence.js';
import {
  ReadModelStore,
  type ViewDefinition,
  type ViewItem,
  type ViewQuery,
  type ViewReader,
  type ViewReadOptions,
  type ViewWriter,
} from '../../projection/view.js';
import type { ViewLayout } from '../../projection/view-layout.js';
import { oneOf } from '../../store/arguments.js';
import type { Page } from '../../store/event-store.js';
import { TenantRule } from '../../store/tenant-rule.js';
import type { DynamoRequests } from '../dynamo-requests.js';
import type { SubjectKeys } from '../../store/subject-keys.js';
import { removeMarked } from './generation-removal.js';
import { readItem } from './item-reader.js';
import { SealedViews } from './sealed-view.js';
import { ViewCache } from './view-cache.js';
import { ViewFence } from './view-fence.js';
import { queryView, viewItemOf } from './view-query.js';
import { marksOfBuild, viewItemKey, type AnyView } from './view-schema.js';

/** A build of a projection's views. */
export interface ServedBuild {
  readonly number: number;
  /** Default: as the code of this process stores them. */
  readonly layout?: readonly ViewLayout[] | undefined;
}

export interface DynamoReadModelStoreParts {
  readonly requests: DynamoRequests;
  /** Name of the table of read models. */
  readonly tableName: () => string;
  /** The build that is served, by name of the projection: its number, and how its views are stored if that is known. */
  readonly activeGeneration: (projection: string) => Promise<number | ServedBuild>;
  /** Keys of data subjects, for views with personal data. Default: such views are refused. */
  readonly subjectKeys?: SubjectKeys | undefined;
  /** Whose reads are. Default: tenancy is off, and a read without a tenant is of streams without one. */
  readonly tenants?: TenantRule | undefined;
  /** Items that are kept in memory to save their reading: a whole number from 0. Default 1,000, and at most 32 M characters. */
  readonly cacheSize?: number | undefined;
}

/**
 * Read models in DynamoDB, each event in them exactly once: an item and the progress of its stream are stored together or
 * not at all, so neither redelivery nor a process that believes it is still in charge changes anything.
 *
 * | a step of a projection with               | requests                                  | write units                                  |
 * | ----------------------------------------- | ----------------------------------------- | -------------------------------------------- |
 * | one view, keyed by stream                 | `PutItem`; `GetItem` before it when the item is read and was not used lately | one per KB, once more per index of the view |
 * | other views, nothing changed              | `PutItem` of the progress                 | 1                                            |
 * | other views                               | `TransactWriteItems`; a `GetItem` before it per item read | two per KB and item, and 2 for the progress; indexes once more |
 *
 * A step that leaves its item as it is sends an `UpdateItem` of the version alone; its price is the same.
 */
export class DynamoReadModelStore extends ReadModelStore {
  private readonly cache: ViewCache;
  private readonly sealing: SealedViews;
  private readonly tenants: TenantRule;

  /** @throws InvalidArgumentError `cacheSize` is not a whole number from 0. */
  constructor(private readonly parts: DynamoReadModelStoreParts) {
    super();
    this.cache = new ViewCache(parts.cacheSize);
    this.sealing = new SealedViews(parts.subjectKeys);
    this.tenants = parts.tenants ?? new TenantRule(false);
  }

  /**
   * The fence for a projection that keeps these views: all of its views, in any order.
   * @throws InvalidArgumentError No views, views of several projections, or two of one name.
   */
  fence(views: readonly AnyView[]): ProgressFence<ViewWriter> {
    const { requests, tableName } = this.parts;
    return new ViewFence(views, { requests, tableName, cache: this.cache, sealing: this.sealing });
  }

  view<T extends object, K extends string>(view: ViewDefinition<T, K>): ViewReader<T, K> {
    return {
      get: async (key, options) => (await this.find(view, key, options))?.value,
      find: (key, options) => this.find(view, key, options),
      query: (query) => this.query(view, query),
    };
  }

  /**
   * Deletes a build of a projection's views with its progress, once nothing writes or reads it any more. Reads the whole
   * table. May be called again, and by several processes at once.
   * @returns How many items this call has deleted, or found about to be deleted by another.
   * @throws InvalidArgumentError There are no views, or views of several projections.
   */
  async removeGeneration(views: readonly AnyView[], generation: number): Promise<number> {
    const [first] = views;
    if (first === undefined || views.some(({ projection }) => projection !== first.projection))
      throw new InvalidArgumentError('views', 'must be those of one projection.');
    this.cache.clear();
    return removeMarked(this.parts.requests, this.parts.tableName(), marksOfBuild(first.projection, views, generation));
  }

  private async find<T extends object>(
    view: ViewDefinition<T>,
    key: string,
    options: ViewReadOptions = {},
  ): Promise<ViewItem<T> | undefined> {
    const { requests, tableName } = this.parts;
    const { consistency = 'strong' } = options;
    oneOf('consistency', consistency, ['strong', 'eventual']);
    const tenant = this.tenants.resolve('read', `view ${view.name}`, options);
    const { number } = await this.served(view.projection);
    const itemKey = viewItemKey(view, number, tenant, key);
    const request = { operation: 'read view', table: tableName() };
    const item = await readItem(requests, request, itemKey, consistency === 'strong');
    return item && viewItemOf<T>(view, item, this.sealing);
  }

  private async query<T extends object>(view: ViewDefinition<T>, query: ViewQuery): Promise<Page<ViewItem<T>>> {
    const { requests, tableName } = this.parts;
    const table = tableName();
    const tenant = this.tenants.resolve('query', `view ${view.name}`, query);
    const { number: generation, layout } = await this.served(view.projection);
    const send = (input: QueryCommandInput) =>
      requests.send({ operation: 'query view', table }, (client) => client.send(new QueryCommand(input)));
    return queryView<T>({ table, view, generation, layout, sealing: this.sealing }, { ...query, tenant }, send);
  }

  private async served(projection: string): Promise<ServedBuild> {
    const served = await this.parts.activeGeneration(projection);
    return typeof served === 'number' ? { number: served } : served;
  }
}
