import type { QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Random } from '../simulation/random.js';
import type { KeyNames, PageKeys } from './key-names.js';

/** Below this share a page that goes on from an earlier one may be empty. */
const EMPTY_BELOW = 0.25;

/**
 * The page, cut short with the key to go on from; `undefined` when it cannot be cut. An empty page goes on from where the
 * page before it ended.
 */
export async function cutPage(
  input: PageKeys,
  answer: QueryCommandOutput,
  share: number,
  keys: KeyNames,
): Promise<QueryCommandOutput | undefined> {
  const items = answer.Items ?? [];
  const least = input.ExclusiveStartKey !== undefined && share < EMPTY_BELOW ? 0 : 1;
  const kept = items.slice(0, keptOf(items.length, share, least));
  if (kept.length === items.length) return undefined;
  const last = kept.at(-1);
  const lastKey =
    last === undefined
      ? input.ExclusiveStartKey
      : await keys.keyOf(
          last,
          answer.LastEvaluatedKey === undefined ? input : { ...input, LastEvaluatedKey: answer.LastEvaluatedKey },
        );
  if (lastKey === undefined) return undefined;
  const { ScannedCount: scanned = items.length } = answer;
  return {
    ...answer,
    Items: kept,
    Count: kept.length,
    ScannedCount: scanned - (items.length - kept.length),
    LastEvaluatedKey: lastKey,
  };
}

/** Requests of a batch by table: a list, or the keys with what to read of them. */
type Requests = Record<string, readonly unknown[] | { readonly Keys?: readonly unknown[] }>;

export interface SplitBatch {
  /** Input with the requests that are carried out. */
  readonly input: object;
  /** Requests that are not. */
  readonly left: Requests;
}

/** The batch in two parts, of at least one request each; `undefined` for a single request. */
export function splitBatch(input: object, share: number, random: Random): SplitBatch | undefined {
  const { RequestItems: requests = {} } = input as { RequestItems?: Requests };
  const total = Object.values(requests).reduce((sum, part) => sum + entriesOf(part).length, 0);
  const kept = new Set<number>();
  const count = keptOf(total, share, 1);
  if (count >= total) return undefined;
  while (kept.size < count) kept.add(random.int(total));
  return {
    input: { ...input, RequestItems: filterRequests(requests, (place) => kept.has(place)) },
    left: filterRequests(requests, (place) => !kept.has(place)),
  };
}

/** The answer to the part that was carried out, with the others put to what the database itself left out. */
export function withUnprocessed(
  answer: object,
  member: 'UnprocessedKeys' | 'UnprocessedItems',
  left: Requests,
): object {
  const own = (answer as Record<string, Requests | undefined>)[member] ?? {};
  const merged = Object.entries(left).map(([table, part]) => [
    table,
    withEntries(part, [...entriesOf(own[table]), ...entriesOf(part)]),
  ]);
  return { ...answer, [member]: { ...own, ...(Object.fromEntries(merged) as Requests) } };
}

function keptOf(total: number, share: number, least: number): number {
  return Math.max(least, Math.min(Math.floor(share * total), total - 1));
}

function filterRequests(requests: Requests, isIn: (place: number) => boolean): Requests {
  let place = 0;
  const parts = Object.entries(requests).map(([table, part]) => {
    const entries = entriesOf(part).filter(() => isIn(place++));
    return [table, withEntries(part, entries), entries.length] as const;
  });
  return Object.fromEntries(parts.filter(([, , count]) => count > 0).map(([table, part]) => [table, part]));
}

function entriesOf(part: Requests[string] | undefined): readonly unknown[] {
  if (part === undefined) return [];
  return 'Keys' in part ? (part.Keys ?? []) : (part as readonly unknown[]);
}

function withEntries(part: Requests[string], entries: readonly unknown[]): Requests[string] {
  return 'Keys' in part ? { ...part, Keys: entries } : entries;
}
