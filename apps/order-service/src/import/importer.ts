import { CommandFailedError, type OrderClient } from './order-client.js';
import type { NorthwindOrder } from './northwind-orders.js';

export interface ImportReport {
  /** Orders of which at least one command was new. */
  imported: number;
  /** Orders of which every command had been done before. */
  alreadyThere: number;
  /** Orders that the service refused or that could not be sent; `failures` says why. */
  failed: number;
  /** Commands that the service did for the first time. */
  commands: number;
  /** Commands refused because the order is not as it should be: it exists with other content, or has moved on. */
  conflicts: number;
  readonly failures: { readonly orderId: string; readonly reason: string }[];
  seconds: number;
}

/**
 * Sends orders as commands, several orders at a time, the commands of one order in turn. Every command has the same key
 * and the same content each time, so a second run, also after a crash, does only what is missing.
 *
 * @param onOrder Called after each order.
 */
export async function importOrders(
  client: OrderClient,
  orders: Iterable<NorthwindOrder>,
  concurrency: number,
  onOrder: (report: Readonly<ImportReport>) => void,
): Promise<ImportReport> {
  const report: ImportReport = {
    imported: 0,
    alreadyThere: 0,
    failed: 0,
    commands: 0,
    conflicts: 0,
    failures: [],
    seconds: 0,
  };
  const startedAt = performance.now();
  const queue = orders[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      await importOrder(client, next.value, report);
      report.seconds = (performance.now() - startedAt) / 1_000;
      onOrder(report);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return report;
}

async function importOrder(client: OrderClient, order: NorthwindOrder, report: ImportReport): Promise<void> {
  let isNew = false;
  try {
    for (const { path, name, body } of commandsOf(order)) {
      const { repeated } = await client.command(path, body, `northwind/${order.orderId}/${name}`);
      if (repeated) continue;
      isNew = true;
      report.commands += 1;
    }
    if (isNew) report.imported += 1;
    else report.alreadyThere += 1;
  } catch (error) {
    report.failed += 1;
    if (error instanceof CommandFailedError && error.isConflict) report.conflicts += 1;
    report.failures.push({ orderId: order.orderId, reason: error instanceof Error ? error.message : String(error) });
  }
}

interface ImportCommand {
  readonly name: string;
  readonly path: string;
  readonly body: object;
}

/**
 * Northwind knows no payments, and an order must be paid before it is shipped; so what was shipped counts as paid at the
 * moment it was shipped.
 */
function* commandsOf({ orderId, customerId, placedAt, shippedAt, lines }: NorthwindOrder): Generator<ImportCommand> {
  yield { name: 'place', path: '/orders', body: { orderId, customerId, lines, placedAt } };
  if (shippedAt === undefined) return;
  const path = `/orders/${encodeURIComponent(orderId)}`;
  yield { name: 'pay', path: `${path}/pay`, body: { at: shippedAt } };
  yield { name: 'ship', path: `${path}/ship`, body: { at: shippedAt } };
}
