import type { AttributeValue, ScanCommandInput } from '@aws-sdk/client-dynamodb';
import { validationError } from '../errors.js';
import { Substitutions } from '../expressions/substitutions.js';
import { hash } from '../random.js';
import { compareForScan } from '../storage/collection.js';
import { compareOrder, idOf } from '../storage/item-key.js';
import { firstIndex, type Partition } from '../storage/partition.js';
import type { Database } from './database.js';
import { Page, type PageOutput } from './page.js';

const HASHES = 2 ** 32;
const MAX_SEGMENTS = 1_000_000;

export function scan(input: ScanCommandInput, database: Database): PageOutput {
  const table = database.table(input.TableName);
  const given = new Substitutions(input);
  const isMine = segmentTest(input);
  const page = new Page(input, table, given, database);
  given.checkAllUsed();
  const start = startOf(page, isMine);
  const partitions = page.source.scanOrder();
  let full = false;
  for (const partition of partitions) {
    if (!isMine(partition) || (start !== undefined && compareForScan(partition, start) < 0)) continue;
    const entries = partition.entries(page.asOf);
    const from =
      start?.id === partition.id ? firstIndex(entries, ({ order }) => compareOrder(order, start.order) > 0) : 0;
    for (const entry of from === 0 ? entries : entries.slice(from)) {
      if (full) return page.finish(true);
      full = !page.take(entry);
    }
  }
  return page.finish(false);
}

/** Whether a partition belongs to the segment: segments share the hashes out evenly. */
function segmentTest({ Segment: segment, TotalSegments: total }: ScanCommandInput): (partition: Hashed) => boolean {
  if (segment === undefined && total === undefined) return () => true;
  if (segment === undefined || total === undefined)
    throw validationError(
      segment === undefined
        ? 'The Segment parameter is required but was not present in the request when parameter TotalSegments is present'
        : 'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    );
  if (!(total >= 1 && total <= MAX_SEGMENTS) || !(segment >= 0))
    throw validationError(`1 validation error detected: Segment ${segment} of ${total} is out of bounds`);
  if (segment >= total)
    throw validationError(
      'The Segment parameter is zero-based and must be less than parameter TotalSegments: ' +
        `Segment: ${segment} is not less than TotalSegments: ${total}`,
    );
  return (partition) => Math.floor((partition.hash / HASHES) * total) === segment;
}

type Hashed = Pick<Partition, 'hash' | 'id'>;

function startOf(
  page: Page,
  isMine: (partition: Hashed) => boolean,
): (Hashed & { order: AttributeValue[] }) | undefined {
  const start = page.startKey();
  if (start === undefined) return undefined;
  const id = idOf(start.partition);
  const found = { id, hash: hash(id, 0), order: start.order };
  if (!isMine(found))
    throw validationError('The provided starting key is invalid: Invalid ExclusiveStartKey: not in the segment');
  return found;
}
