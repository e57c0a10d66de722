import type { QueryCommandInput, QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { InvalidArgumentError, InvalidVersionError } from '../../errors/argument-errors.js';
import { SubscriptionStateError } from '../../errors/projection-errors.js';
import type { ViewLayout } from '../../projection/view-layout.js';
import type { ViewItem, ViewQuery } from '../../projection/view.js';
import { oneOf } from '../../store/arguments.js';
import type { Page } from '../../store/event-store.js';
import type { Item } from '../item-size.js';
import type { SealedViews } from './sealed-view.js';
import { decodeViewCursor, encodeViewCursor, type ViewPosition } from './view-cursor.js';
import { decodeView, fromViewItem } from './view-item.js';
import { indexNames, indexPartition, VIEW, viewItemKey, type AnyView, type IndexNames } from './view-schema.js';

type SendQuery = (input: QueryCommandInput) => Promise<Pick<QueryCommandOutput, 'Items' | 'LastEvaluatedKey'>>;

type KeyOf = (sort: string, key: string) => Item;

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

export interface QueriedView {
  readonly table: string;
  readonly view: AnyView;
  readonly generation: number;
  /** How the build is stored. Default: as the view says. */
  readonly layout?: readonly ViewLayout[] | undefined;
  readonly sealing: SealedViews;
}

/** One page of an index, filled up to the limit or the end, however many requests that takes. */
export async function queryView<T>(
  { table, view, generation, layout, sealing }: QueriedView,
  query: ViewQuery,
  send: SendQuery,
): Promise<Page<ViewItem<T>>> {
  const { names, limit, scope, bounds } = checkQuery(view, layout, query);
  const partition = indexPartition(view, generation, query.tenant, query.partition);
  const keyOf: KeyOf = (sort, key) => ({
    [VIEW.partitionKey]: { S: viewItemKey(view, generation, query.tenant, key) },
    [names.partition]: { S: partition },
    [names.sort]: { S: sort },
  });
  const after = query.cursor === undefined ? undefined : decodeViewCursor(query.cursor, scope);
  if (bounds === undefined) return { items: [] };
  const found: Item[] = [];
  let startKey = after && startAfter(after, bounds, keyOf);
  do {
    // One more than wanted tells whether there is another page.
    const page = await send({
      ...planQuery(table, names, partition, bounds, query.order),
      Limit: limit + 1 - found.length,
      ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
    });
    found.push(...(page.Items ?? []));
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined && found.length <= limit);
  const shown = await Promise.all(found.slice(0, limit).map((item) => viewItemOf<T>(view, item, sealing)));
  const items = shown.flatMap((item) => item ?? []);
  const last = found.length > limit ? found[limit - 1] : undefined;
  if (last === undefined) return { items };
  const position = { sort: last[names.sort]?.S ?? '', key: fromViewItem(last).key };
  return { items, cursor: encodeViewCursor(position, scope) };
}

/** `undefined` for an item that holds no value. */
export async function viewItemOf<T>(view: AnyView, item: Item, sealing: SealedViews): Promise<ViewItem<T> | undefined> {
  const stored = fromViewItem(item);
  const { key, version } = stored;
  const text = await sealing.open(view, item[VIEW.partitionKey]?.S ?? '', stored);
  if (text === undefined) return undefined;
  return { key, value: decodeView(text) as T, version: view.keyedBy === 'stream' ? version : undefined };
}

interface Bounds {
  readonly from: string | undefined;
  readonly to: string | undefined;
}

interface CheckedQuery {
  readonly names: IndexNames;
  readonly limit: number;
  /** What a cursor is bound to. */
  readonly scope: readonly unknown[];
  /** `undefined` when nothing can lie between them. */
  readonly bounds: Bounds | undefined;
}

function checkQuery(view: AnyView, layout: QueriedView['layout'], query: ViewQuery): CheckedQuery {
  const place = placeOf(view, layout, query.index);
  const { limit = DEFAULT_LIMIT, order = 'forward', partition, from, to, tenant } = query;
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    throw new InvalidVersionError('limit', limit, `a whole number from 1 to ${MAX_LIMIT}`);
  oneOf('order', order, ['forward', 'backward']);
  for (const [name, value] of Object.entries({ partition, from: from ?? '', to: to ?? '', cursor: query.cursor ?? '' }))
    if (typeof value !== 'string' || !value.isWellFormed())
      throw new InvalidArgumentError(name, 'must be well-formed text.');
  return {
    names: indexNames(place),
    limit,
    scope: [view.name, query.index, partition, tenant ?? null, from ?? null, to ?? null, order],
    bounds: boundsOf(from, to),
  };
}

/** Where the build that is served keeps the entries of the index; code of another version may have others there. */
function placeOf(view: AnyView, layout: QueriedView['layout'], index: string): number {
  const inCode = view.indexes.findIndex(({ name }) => name === index);
  if (inCode < 0) throw new InvalidArgumentError('index', `view ${view.name} has no index ${index}.`);
  if (layout === undefined) return inCode;
  const place = layout.find(({ name }) => name === view.name)?.indexes.indexOf(index) ?? -1;
  if (place >= 0) return place;
  throw new SubscriptionStateError(
    view.projection,
    `the build that is served has no index ${index} in view ${view.name}; ask again once one of this version is served.`,
  );
}

/** DynamoDB compares by bytes and takes neither an empty bound nor a range that ends before it begins. */
function boundsOf(from = '', to: string | undefined): Bounds | undefined {
  if (to !== undefined && (to === '' || compareBytes(from, to) > 0)) return undefined;
  return { from: from === '' ? undefined : from, to };
}

/** @throws InvalidArgumentError No page of the query ends at the position: the cursor was edited. */
function startAfter({ sort, key }: ViewPosition, { from, to }: Bounds, keyOf: KeyOf): Item {
  if ((from !== undefined && compareBytes(sort, from) < 0) || (to !== undefined && compareBytes(sort, to) > 0))
    throw new InvalidArgumentError('cursor', 'it is not a cursor of a query.');
  try {
    return keyOf(sort, key);
  } catch (cause) {
    throw new InvalidArgumentError('cursor', 'it is not a cursor of a query.', cause);
  }
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function planQuery(
  table: string,
  { index, partition: hash, sort }: IndexNames,
  partition: string,
  { from, to }: Bounds,
  order: ViewQuery['order'],
): QueryCommandInput {
  const range = [
    ...(from !== undefined && to !== undefined ? ['#s BETWEEN :from AND :to'] : []),
    ...(from !== undefined && to === undefined ? ['#s >= :from'] : []),
    ...(from === undefined && to !== undefined ? ['#s <= :to'] : []),
  ];
  return {
    TableName: table,
    IndexName: index,
    KeyConditionExpression: ['#p = :p', ...range].join(' AND '),
    ExpressionAttributeNames: { '#p': hash, ...(range.length === 0 ? {} : { '#s': sort }) },
    ExpressionAttributeValues: {
      ':p': { S: partition },
      ...(from === undefined ? {} : { ':from': { S: from } }),
      ...(to === undefined ? {} : { ':to': { S: to } }),
    },
    ScanIndexForward: order !== 'backward',
  };
}
