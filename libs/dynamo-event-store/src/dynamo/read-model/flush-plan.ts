import type { PutItemCommandInput, TransactWriteItem, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { ReadModelTransactionTooLargeError, ViewTooLargeError } from '../../errors/read-model-errors.js';
import type { ProgressStep } from '../../projection/progress-fence.js';
import { itemBytes, MAX_ITEM_BYTES, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_ITEMS, type Item } from '../item-size.js';
import type { SealedText } from './sealed-view.js';
import { valueAttributes } from './view-item.js';
import { progressItemKey, VIEW, viewItemKey, type AnyView } from './view-schema.js';
import type { TouchedView, ViewChange } from './view-unit.js';

/** The requests that store a step. In a transaction, the progress comes first, then the items of `touched`. */
export type FlushPlan =
  | { readonly kind: 'put'; readonly input: PutItemCommandInput }
  | { readonly kind: 'update'; readonly input: UpdateItemCommandInput }
  | {
      readonly kind: 'transaction';
      readonly actions: TransactWriteItem[];
      /** What each action after the first is about. */
      readonly touched: readonly TouchedView[];
    };

interface Condition {
  readonly ConditionExpression: string | undefined;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Item;
  /** The item in the way comes with the refusal. */
  readonly ReturnValuesOnConditionCheckFailure?: 'ALL_OLD';
}

const ABSENT: Condition = {
  ConditionExpression: 'attribute_not_exists(#pk)',
  ExpressionAttributeNames: { '#pk': VIEW.partitionKey },
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
};

/**
 * A step of a projection with one view, keyed by stream: the item is the progress, so one conditional write does all. A
 * step that changes nothing moves the version alone, so that the value need not be known.
 */
export function planOwnItem(
  table: string,
  view: AnyView,
  step: ProgressStep,
  touched: TouchedView | undefined,
): FlushPlan {
  const { stream, generation, from, to } = step;
  const key = { [VIEW.partitionKey]: { S: viewItemKey(view, generation, stream.tenant, stream.id) } };
  const owner = { [VIEW.aggregate]: { S: stream.aggregate } };
  const condition = ownItemAt(step);
  const change = touched?.change;
  if (change === undefined && from > 0)
    return {
      kind: 'update',
      input: {
        TableName: table,
        Key: key,
        UpdateExpression: 'SET #v = :to',
        ...condition,
        ExpressionAttributeValues: { ...condition.ExpressionAttributeValues, ':to': { N: String(to) } },
      },
    };
  const value = change?.kind === 'put' ? valueAttributes(view, generation, stream.tenant, stream.id, change) : {};
  const item: Item = { ...key, ...owner, [VIEW.version]: { N: String(to) }, ...value };
  checkItemSize(view, stream.id, item);
  return { kind: 'put', input: { TableName: table, Item: item, ...condition } };
}

/**
 * A step of any other projection: the progress is an item of its own, stored in one transaction with all changes. What
 * was read and is not changed is checked as well, so that steps of different streams have the effect of running one after
 * the other. One item that was only read needs no check when nothing else is touched: it was as it was read at a moment.
 * @param revision Of the items put; a number that no earlier state of them has.
 */
export function planWithProgress(
  table: string,
  step: ProgressStep,
  touched: readonly TouchedView[],
  revision: number,
): FlushPlan {
  const progress: Item = {
    [VIEW.partitionKey]: { S: progressItemKey(step) },
    [VIEW.version]: { N: String(step.to) },
  };
  const putProgress = { TableName: table, Item: progress, ...progressAt(step) };
  const planned = touched.flatMap((each) => {
    const action = actionOf(table, step, each, revision);
    return action === undefined ? [] : [{ each, action }];
  });
  const isLoneRead = planned.length === 1 && planned[0]?.each.change === undefined;
  if (planned.length === 0 || isLoneRead) return { kind: 'put', input: putProgress };
  const actions = [{ Put: putProgress }, ...planned.map(({ action }) => action)];
  checkLimits(step, actions);
  return { kind: 'transaction', actions, touched: planned.map(({ each }) => each) };
}

function actionOf(
  table: string,
  step: ProgressStep,
  touched: TouchedView,
  revision: number,
): TransactWriteItem | undefined {
  const { view, change } = touched;
  const key = { [VIEW.partitionKey]: { S: touched.itemKey } };
  const condition = asItWasRead(step, touched);
  switch (change?.kind) {
    case 'put':
      return { Put: { TableName: table, Item: newItem(step, touched, change, revision), ...condition } };
    case 'delete':
      return { Delete: { TableName: table, Key: key, ...condition } };
    case 'increment':
      return { Update: { TableName: table, Key: key, ...incrementOf(touched, change, revision) } };
    case undefined:
      // Only steps of the stream change its item, and the progress tells whether there was another one.
      if (view.keyedBy === 'stream') return undefined;
      return { ConditionCheck: { TableName: table, Key: key, ...condition } };
  }
}

function newItem(step: ProgressStep, { view, key, itemKey }: TouchedView, value: SealedText, revision: number): Item {
  const { stream, generation, to } = step;
  const item: Item = {
    [VIEW.partitionKey]: { S: itemKey },
    [VIEW.revision]: { N: String(revision) },
    ...(view.keyedBy === 'stream'
      ? { [VIEW.version]: { N: String(to) }, [VIEW.aggregate]: { S: stream.aggregate } }
      : {}),
    ...valueAttributes(view, generation, stream.tenant, key, value),
  };
  checkItemSize(view, key, item);
  return item;
}

/** The revision moves too: whoever has read the item must not put it back without the increment. */
function incrementOf(
  { view, key, itemKey }: TouchedView,
  { by, initial }: Extract<ViewChange, { kind: 'increment' }>,
  revision: number,
) {
  const state = { S: initial };
  checkItemSize(view, key, { [VIEW.partitionKey]: { S: itemKey }, [VIEW.state]: state });
  const entries = Object.entries(by);
  const add = entries.map((_, index) => `#c${index} :c${index}`).join(', ');
  const set = 'SET #s = if_not_exists(#s, :initial), #r = if_not_exists(#r, :seed) + :one';
  return {
    UpdateExpression: add === '' ? set : `${set} ADD ${add}`,
    ExpressionAttributeNames: {
      '#s': VIEW.state,
      '#r': VIEW.revision,
      ...Object.fromEntries(entries.map(([field], index) => [`#c${index}`, `${VIEW.counterPrefix}${field}`])),
    },
    ExpressionAttributeValues: {
      ':initial': state,
      ':seed': { N: String(revision) },
      ':one': { N: '1' },
      ...Object.fromEntries(entries.map(([, amount], index) => [`:c${index}`, { N: String(amount) }])),
    },
  };
}

function ownItemAt({ from, stream }: ProgressStep): Condition {
  if (from === 0) return ABSENT;
  return {
    ConditionExpression: '#v = :from AND #a = :aggregate',
    ExpressionAttributeNames: { '#v': VIEW.version, '#a': VIEW.aggregate },
    ExpressionAttributeValues: { ':from': { N: String(from) }, ':aggregate': { S: stream.aggregate } },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

function progressAt({ from }: ProgressStep): Condition {
  if (from === 0) return ABSENT;
  return {
    ConditionExpression: '#v = :from',
    ExpressionAttributeNames: { '#v': VIEW.version },
    ExpressionAttributeValues: { ':from': { N: String(from) } },
  };
}

/** An item that was not read may be replaced whatever it is, unless it is the one of another aggregate. */
function asItWasRead({ stream }: ProgressStep, { view, read }: TouchedView): Condition {
  if (read !== undefined)
    return read.item === undefined
      ? ABSENT
      : {
          ConditionExpression: '#r = :read',
          ExpressionAttributeNames: { '#r': VIEW.revision },
          ExpressionAttributeValues: { ':read': { N: String(read.item.revision ?? 0) } },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        };
  if (view.keyedBy === 'key') return { ConditionExpression: undefined };
  return {
    ConditionExpression: 'attribute_not_exists(#pk) OR (#a = :aggregate AND attribute_exists(#r))',
    ExpressionAttributeNames: { '#pk': VIEW.partitionKey, '#a': VIEW.aggregate, '#r': VIEW.revision },
    ExpressionAttributeValues: { ':aggregate': { S: stream.aggregate } },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  };
}

function checkItemSize(view: AnyView, key: string, item: Item): void {
  const bytes = itemBytes(item);
  if (bytes > MAX_ITEM_BYTES) throw new ViewTooLargeError(view.name, key, bytes, MAX_ITEM_BYTES);
}

function checkLimits({ projection, stream }: ProgressStep, actions: readonly TransactWriteItem[]): void {
  const bytes = actions.reduce((sum, action) => sum + countedBytes(action), 0);
  const limit = { actions: MAX_TRANSACTION_ITEMS, bytes: MAX_TRANSACTION_BYTES };
  if (actions.length > limit.actions || bytes > limit.bytes)
    throw new ReadModelTransactionTooLargeError(projection, stream, actions.length, bytes, limit);
}

/** Keys, items, and all texts and values of expressions, which is never less than what DynamoDB counts. */
function countedBytes({ Put, Update, Delete, ConditionCheck }: TransactWriteItem): number {
  const given = Put ?? Update ?? Delete ?? ConditionCheck;
  const texts = [
    given?.ConditionExpression,
    Update?.UpdateExpression,
    ...Object.entries(given?.ExpressionAttributeNames ?? {}).flat(),
  ];
  return (
    itemBytes(Put?.Item ?? (Update ?? Delete ?? ConditionCheck)?.Key ?? {}) +
    itemBytes(given?.ExpressionAttributeValues ?? {}) +
    texts.reduce((sum, text) => sum + Buffer.byteLength(text ?? ''), 0)
  );
}
