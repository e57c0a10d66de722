import type { AttributeValue, ReturnValuesOnConditionCheckFailure } from '@aws-sdk/client-dynamodb';
import { itemBytes } from '../../../cost/item-bytes.js';
import { MAX_ITEM_BYTES } from '../../../cost/limits.js';
import { unitsOfRefusal } from '../../../cost/write-units.js';
import type { Item } from '../../../dynamo/item-size.js';
import type { Units } from '../capacity.js';
import { required, validationError } from '../errors.js';
import { checkCondition } from '../expressions/condition-checks.js';
import { meets } from '../expressions/condition.js';
import { conditionExpression, updateExpression } from '../expressions/parsed.js';
import { Substitutions, type ExpressionAttributes, type Path } from '../expressions/substitutions.js';
import type { ConditionNode } from '../expressions/syntax.js';
import { checkUpdate } from '../expressions/update-checks.js';
import { update } from '../expressions/update.js';
import { checkIndexKeys, itemId, keyOfItem, keyOfRequest, type ItemKey } from '../storage/item-key.js';
import type { Entry } from '../storage/partition.js';
import type { Table } from '../storage/table.js';
import { normalizeItem } from '../values/stored-value.js';
import { refuseLegacy } from './request-checks.js';

/** What lies under the key afterwards. */
export interface Outcome {
  readonly item: Item | undefined;
  readonly bytes: number;
  /** Of an update: all its paths, and those that got a value. */
  readonly paths: readonly Path[];
  readonly written: readonly Path[];
}

interface WriteInput extends ExpressionAttributes {
  readonly TableName?: string | undefined;
  readonly ConditionExpression?: string | undefined;
  readonly ReturnValuesOnConditionCheckFailure?: ReturnValuesOnConditionCheckFailure | undefined;
}

type KeyedInput = WriteInput & { readonly Key?: Record<string, AttributeValue> | undefined };

/** A write to one item that has been checked as far as is possible without looking at the item. */
export class WritePlan {
  /** Different for different items of one database. */
  readonly id: string;
  readonly #given: Substitutions;
  readonly #condition: ConditionNode | undefined;
  readonly #returnsOld: boolean;

  private constructor(
    readonly table: Table,
    readonly key: ItemKey,
    /** What the request brings, counted against the 4 MB of a transaction. */
    readonly payloadBytes: number,
    input: WriteInput,
    given: Substitutions,
    private readonly change: ((before: Item | undefined, given: Substitutions) => Outcome) | undefined,
  ) {
    refuseLegacy(input);
    this.id = `${table.schema.name}/${itemId(key)}`;
    this.#given = given;
    this.#returnsOld = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';
    if (input.ConditionExpression !== undefined) {
      const expression = conditionExpression(input.ConditionExpression);
      given.use(expression);
      checkCondition(expression, given);
      this.#condition = expression.root;
    }
    given.checkAllUsed();
  }

  static put(table: Table, input: WriteInput & { readonly Item?: Item | undefined }): WritePlan {
    const item = normalizeItem(required(input.Item, 'item'));
    const key = keyOfItem(table.schema, item);
    checkIndexKeys(table.schema, item);
    const bytes = itemBytes(item);
    if (bytes > MAX_ITEM_BYTES) throw validationError('Item size has exceeded the maximum allowed size');
    const outcome: Outcome = { item, bytes, paths: [], written: [] };
    return new WritePlan(table, key, bytes, input, new Substitutions(input), () => outcome);
  }

  static delete(table: Table, input: KeyedInput): WritePlan {
    const outcome: Outcome = { item: undefined, bytes: 0, paths: [], written: [] };
    return WritePlan.#keyed(table, input, new Substitutions(input), () => outcome);
  }

  /** Writes nothing. */
  static check(table: Table, input: KeyedInput): WritePlan {
    required(input.ConditionExpression, 'conditionExpression');
    return WritePlan.#keyed(table, input, new Substitutions(input), undefined);
  }

  static update(table: Table, input: KeyedInput & { readonly UpdateExpression?: string | undefined }): WritePlan {
    const given = new Substitutions(input);
    const { UpdateExpression: text } = input;
    const expression = text === undefined ? undefined : updateExpression(text);
    if (expression !== undefined) {
      given.use(expression);
      checkUpdate(expression, table.schema.keyNames, given);
    }
    const key = required(input.Key, 'key');
    return WritePlan.#keyed(table, input, given, (before = key) => {
      const { item, paths, written } =
        expression === undefined ? { item: before, paths: [], written: [] } : update(before, expression.root, given);
      checkIndexKeys(table.schema, item);
      const bytes = itemBytes(item);
      if (bytes > MAX_ITEM_BYTES) throw validationError('Item size to update has exceeded the maximum allowed size');
      return { item, bytes, paths, written };
    });
  }

  static #keyed(table: Table, input: KeyedInput, given: Substitutions, change: WritePlan['change']): WritePlan {
    const keyItem = normalizeItem(required(input.Key, 'key'));
    const payload = itemBytes(keyItem) + itemBytes(input.ExpressionAttributeValues ?? {});
    return new WritePlan(table, keyOfRequest(table.schema, keyItem), payload, input, given, change);
  }

  before(): Entry | undefined {
    return this.table.entries.find(this.key);
  }

  isAllowed(before: Entry | undefined): boolean {
    return this.#condition === undefined || meets(before?.item, this.#condition, this.#given);
  }

  /** The item that goes with the news that the condition was not met. */
  itemInTheWay(before: Entry | undefined): Item | undefined {
    return this.#returnsOld ? before?.item : undefined;
  }

  /** @throws ValidationException The update does not fit the item. */
  outcome(before: Entry | undefined): Outcome {
    if (this.change !== undefined) return this.change(before?.item, this.#given);
    return { item: before?.item, bytes: before?.bytes ?? 0, paths: [], written: [] };
  }

  /**
   * Units of a write that changes nothing, because it is a check or because it was refused: by the size of the item that is
   * there, or of what the request would have put there.
   */
  idleUnits(before: Entry | undefined): Units {
    const bytes = this.change === undefined ? 0 : this.payloadBytes;
    return { table: unitsOfRefusal(before?.bytes ?? 0, bytes), indexes: {} };
  }

  /** Stores the outcome and returns the units. */
  apply({ item, bytes }: Outcome, before: Entry | undefined): Units {
    return this.change === undefined ? this.idleUnits(before) : this.table.write(this.key, item, bytes);
  }
}
