import { InvalidArgumentError } from '../../errors/argument-errors.js';
import type { ProgressKey } from '../../projection/progress-fence.js';
import { MAX_VIEW_INDEXES, type ViewDefinition } from '../../projection/view.js';
import { MAX_PARTITION_KEY_BYTES } from '../table-schema.js';

/**
 * Layout of the table of read models. No other file knows its attributes and keys.
 *
 * | item      | pk                                                        |
 * | --------- | --------------------------------------------------------- |
 * | view item | `<tenant>#v#<view>@<generation>#<key>`                    |
 * | progress  | `<tenant>#p#<projection>@<generation>#<aggregate>#<id>`   |
 *
 * The tenant comes first, in the indexes too, so that an IAM policy on leading keys can separate tenants. There is no sort
 * key: nothing is read by ranges of the table itself, and each item is a partition of its own, however hot.
 *
 * Where a projection has one view that is keyed by stream, the view item is the progress of its stream as well.
 */
export const VIEW = {
  partitionKey: 'pk',
  /** Version that the stream of the item is applied up to. */
  version: 'v',
  /** Aggregate of the stream; on items of views that are keyed by stream. */
  aggregate: 'a',
  /** Another number with each change; on items that are not the progress of their stream. */
  revision: 'r',
  /** The value as JSON text; absent on an item that only holds the progress. */
  state: 's',
  /** Personal data that stands in the value as fallbacks: id of the key, and the encrypted fields. */
  sealed: 'p',
  /** Followed by the name of a field: the sum of the increments since the value was put. */
  counterPrefix: '+',
} as const;

/** A view whose kind of value does not matter. */
export type AnyView = ViewDefinition<never>;

/** Limit of DynamoDB on sort keys, in bytes. */
export const MAX_SORT_KEY_BYTES = 1024;

export interface IndexNames {
  readonly index: string;
  readonly partition: string;
  readonly sort: string;
}

/** Index and attributes for the index of a view at a place, from 0. */
export function indexNames(place: number): IndexNames {
  const attribute = `i${place + 1}`;
  // Names of indexes have three characters at least; those of attributes are stored with every item.
  return { index: `index${place + 1}`, partition: `${attribute}p`, sort: `${attribute}s` };
}

/** Table of read models, beside an event table. */
export function readModelTableName(eventTable: string): string {
  return `${eventTable}-views`;
}

/** @throws InvalidArgumentError The key is empty, not well-formed, or too long. */
export function viewItemKey(view: AnyView, generation: number, tenant: string | undefined, key: string): string {
  // Lone surrogates all become the same byte sequence in UTF-8, so two keys would share an item.
  if (typeof key !== 'string' || key === '' || !key.isWellFormed())
    throw new InvalidArgumentError('key', `of view ${view.name} must be well-formed text that is not empty.`);
  return checked('key', join(tenant, `v#${buildOf(view.name, generation)}`, key));
}

/** The key as the view's methods know it. */
export function keyOfViewItem(partitionKey: string): string {
  return unescapePart(partitionKey.slice(partitionKey.lastIndexOf('#') + 1));
}

export function progressItemKey({ projection, generation, stream: { tenant, aggregate, id } }: ProgressKey): string {
  return checked('stream', join(tenant, `p#${buildOf(projection, generation)}`, aggregate, id));
}

/** What the keys of all items of one build contain, and no others: escaped parts have no `#`. */
export function marksOfBuild(projection: string, views: readonly AnyView[], generation: number): string[] {
  return [`#p#${buildOf(projection, generation)}#`, ...views.map(({ name }) => `#v#${buildOf(name, generation)}#`)];
}

/** Two views, builds or tenants never share a partition of an index. */
export function indexPartition(
  view: AnyView,
  generation: number,
  tenant: string | undefined,
  partition: string,
): string {
  return checked('partition', join(tenant, buildOf(view.name, generation), partition));
}

/**
 * Input for `CreateTable`: on demand, with the indexes that views use by their order. An index without entries costs
 * nothing.
 * @throws InvalidArgumentError The name is empty.
 */
export function readModelTableDefinition(tableName: string) {
  if (tableName === '') throw new InvalidArgumentError('tableName', 'must not be empty.');
  const indexes = Array.from({ length: MAX_VIEW_INDEXES }, (_, place) => indexNames(place));
  const attribute = (name: string) => ({ AttributeName: name, AttributeType: 'S' as const });
  return {
    TableName: tableName,
    AttributeDefinitions: [
      attribute(VIEW.partitionKey),
      ...indexes.flatMap(({ partition, sort }) => [attribute(partition), attribute(sort)]),
    ],
    KeySchema: [{ AttributeName: VIEW.partitionKey, KeyType: 'HASH' as const }],
    GlobalSecondaryIndexes: indexes.map(({ index, partition, sort }) => ({
      IndexName: index,
      KeySchema: [
        { AttributeName: partition, KeyType: 'HASH' as const },
        { AttributeName: sort, KeyType: 'RANGE' as const },
      ],
      Projection: { ProjectionType: 'ALL' as const },
    })),
    BillingMode: 'PAY_PER_REQUEST' as const,
  };
}

function buildOf(name: string, generation: number): string {
  return `${escapePart(name)}@${generation}`;
}

/** @param build Escaped already. */
function join(tenant: string | undefined, build: string, ...parts: readonly string[]): string {
  return [escapePart(tenant ?? ''), build, ...parts.map(escapePart)].join('#');
}

function checked(what: string, key: string): string {
  const bytes = Buffer.byteLength(key);
  if (bytes > MAX_PARTITION_KEY_BYTES)
    throw new InvalidArgumentError(what, `makes a key of ${bytes} bytes; the limit is ${MAX_PARTITION_KEY_BYTES}.`);
  return key;
}

function escapePart(part: string): string {
  return part.replaceAll('%', '%25').replaceAll('#', '%23');
}

function unescapePart(part: string): string {
  return part.replaceAll('%23', '#').replaceAll('%25', '%');
}
