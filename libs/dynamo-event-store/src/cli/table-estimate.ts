import type { DynamoEventStore } from '../dynamo/dynamo-event-store.js';
import { DynamoTableScan } from '../dynamo/dynamo-table-scan.js';

/** Items of a table as it says itself, which may be hours old; with snapshots and receipts. */
export async function estimatedItems(store: DynamoEventStore, table: string): Promise<number> {
  const scan = new DynamoTableScan(
    store.tableRequests,
    () => table,
    () => new Date(),
  );
  return (await scan.estimate()).items;
}
