import type { AttributeValue, ReturnConsumedCapacity, Select } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../dynamo/item-size.js';
import { consumedCapacity, readUnits, type Units } from '../capacity.js';
import { validationError } from '../errors.js';
import { checkCondition } from '../expressions/condition-checks.js';
import { meets } from '../expressions/condition.js';
import { filterExpression } from '../expressions/parsed.js';
import type { ExpressionAttributes, Path, Substitutions } from '../expressions/substitutions.js';
import type { ConditionNode } from '../expressions/syntax.js';
import type { Entry } from '../storage/partition.js';
import type { Collection } from '../storage/collection.js';
import type { Index, Table } from '../storage/table.js';
import { namesOf, type KeySchema } from '../storage/table-schema.js';
import { getOwn, typeOf } from '../values/attribute-value.js';
import { normalizeItem } from '../values/stored-value.js';
import type { Database } from './database.js';
import { checkHeld } from './filter-checks.js';
import { handOut, projectionPaths } from './projected-read.js';
import { refuseLegacy } from './request-checks.js';

const PAGE_BYTES = 1024 * 1024;

/** What Query and Scan have in common. */
export interface PageInput extends ExpressionAttributes {
  readonly TableName: string | undefined;
  readonly IndexName?: string | undefined;
  readonly Limit?: number | undefined;
  readonly Select?: Select | undefined;
  readonly FilterExpression?: string | undefined;
  readonly ProjectionExpression?: string | undefined;
  readonly ConsistentRead?: boolean | undefined;
  readonly ExclusiveStartKey?: Record<string, AttributeValue> | undefined;
  readonly ReturnConsumedCapacity?: ReturnConsumedCapacity | undefined;
}

export interface PageOutput {
  Items?: Item[];
  Count: number;
  ScannedCount: number;
  LastEvaluatedKey?: Item;
  ConsumedCapacity?: ReturnType<typeof consumedCapacity>;
}

/** Reads entries until the page is full, and answers with those that pass the filter. */
export class Page {
  readonly source: Collection;
  readonly keys: KeySchema;
  /** The instant that the whole page shows; `undefined` for the latest state. */
  readonly asOf: number | undefined;
  readonly #index: Index | undefined;
  readonly filter: ConditionNode | undefined;
  readonly #paths: readonly Path[] | undefined;
  readonly #items: Item[] = [];
  #count = 0;
  #scanned = 0;
  #bytes = 0;
  #last: Entry | undefined;

  constructor(
    private readonly input: PageInput,
    private readonly table: Table,
    private readonly given: Substitutions,
    private readonly database: Database,
  ) {
    refuseLegacy(input);
    this.#index = input.IndexName === undefined ? undefined : table.index(input.IndexName);
    this.source = this.#index?.entries ?? table.entries;
    this.keys = this.#index?.schema.keys ?? table.schema.keys;
    checkSelect(input, this.#index);
    if (input.Limit !== undefined && !(input.Limit >= 1))
      throw validationError('Limit must be greater than or equal to 1');
    if (this.#index !== undefined && input.ConsistentRead === true)
      throw validationError('Consistent reads are not supported on global secondary indexes');
    this.#paths = projectionPaths(input.ProjectionExpression, given);
    this.filter = this.#parseFilter();
    for (const [name] of this.#paths ?? []) this.#checkProjected(String(name));
    this.asOf = database.readInstant(input.ConsistentRead);
  }

  /** Counts an entry, and says whether the page takes another. */
  take(entry: Entry): boolean {
    this.#scanned++;
    this.#bytes += entry.bytes;
    this.#last = entry;
    if (this.filter === undefined || meets(entry.item, this.filter, this.given)) {
      this.#count++;
      if (this.input.Select !== 'COUNT') this.#items.push(handOut(entry.item, this.#paths));
    }
    return this.#scanned !== this.input.Limit && this.#bytes < PAGE_BYTES;
  }

  /**
   * The answer.
   * @param more Whether an entry follows that was not taken. A page that has reached its limit names its last key anyway.
   */
  finish(more: boolean): PageOutput {
    const consistent = this.input.ConsistentRead === true;
    const charged = readUnits(this.#bytes, consistent);
    const units: Units =
      this.#index === undefined
        ? { table: charged, indexes: {} }
        : { table: 0, indexes: { [this.#index.schema.name]: charged } };
    this.database.chargeRead(units);
    const capacity = consumedCapacity(this.table.schema.name, units, this.input.ReturnConsumedCapacity);
    const output: PageOutput = { Count: this.#count, ScannedCount: this.#scanned };
    if (this.input.Select !== 'COUNT') output.Items = this.#items;
    if (this.#last !== undefined && (more || this.#scanned === this.input.Limit))
      output.LastEvaluatedKey = handOut(
        this.#last.item,
        this.#keyNames().map((name) => [name]),
      );
    if (capacity !== undefined) output.ConsumedCapacity = capacity;
    return output;
  }

  /** What orders entries behind the start key, and its partition; checked against the keys of table and index. */
  startKey(): { partition: AttributeValue; order: AttributeValue[] } | undefined {
    if (this.input.ExclusiveStartKey === undefined) return undefined;
    const start = normalizeItem(this.input.ExclusiveStartKey);
    const names = this.#keyNames();
    const values = names.map((name) => getOwn(start, name));
    const types = new Map(
      [this.keys, this.table.schema.keys].flatMap(({ partition, sort }) =>
        [partition, ...(sort === undefined ? [] : [sort])].map(({ name, type }) => [name, type] as const),
      ),
    );
    if (
      Object.keys(start).length !== names.length ||
      values.some((value, index) => value === undefined || typeOf(value) !== types.get(String(names[index])))
    )
      throw validationError('The provided starting key is invalid');
    const own = (name: string): AttributeValue[] => {
      const value = getOwn(start, name);
      return value === undefined ? [] : [value];
    };
    const [partition] = own(this.keys.partition.name);
    if (partition === undefined) throw validationError('The provided starting key is invalid');
    const tail = this.#index === undefined ? [] : this.table.schema.keyNames;
    const order = [...(this.keys.sort === undefined ? [] : [this.keys.sort.name]), ...tail].flatMap(own);
    return { partition, order };
  }

  #keyNames(): string[] {
    return [...new Set([...namesOf(this.keys), ...this.table.schema.keyNames])];
  }

  #parseFilter(): ConditionNode | undefined {
    if (this.input.FilterExpression === undefined) return undefined;
    const expression = filterExpression(this.input.FilterExpression);
    this.given.use(expression);
    checkCondition(expression, this.given);
    if (this.#index !== undefined) checkHeld(expression.root, this.#index, this.given);
    return expression.root;
  }

  #checkProjected(name: string): void {
    if (this.#index === undefined || this.#index.schema.attributes?.has(name) !== false) return;
    throw validationError(
      `One or more parameter values were invalid: Global secondary index ${this.#index.schema.name} ` +
        `does not project [${name}]`,
    );
  }
}

function checkSelect({ Select: select, ProjectionExpression: projection }: PageInput, index: Index | undefined): void {
  if (select === undefined) return;
  if (select === 'SPECIFIC_ATTRIBUTES' ? projection === undefined : projection !== undefined)
    throw validationError(
      select === 'SPECIFIC_ATTRIBUTES'
        ? 'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES'
        : `Cannot specify the ProjectionExpression when choosing to get ${select}`,
    );
  if (select === 'ALL_PROJECTED_ATTRIBUTES' && index === undefined)
    throw validationError('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  if (select === 'ALL_ATTRIBUTES' && index?.schema.attributes !== undefined)
    throw validationError(
      'One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary ' +
        `index ${index.schema.name} because its projection type is not ALL`,
    );
}
