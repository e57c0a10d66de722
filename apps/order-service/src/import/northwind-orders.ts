import { join } from 'node:path';
import { orderLine, type OrderLine } from '../orders/domain/order-line.js';
import { MAX_LINES } from '../orders/domain/order.js';
import { ORDER_ID } from '../orders/http/order-requests.js';
import { readCsvFile, type BadRow, type CsvFile, type CsvRow } from './csv-file.js';

const ORDERS = { file: 'orders.csv', columns: ['orderID', 'customerID', 'orderDate', 'shippedDate'] };
const DETAILS = { file: 'order-details.csv', columns: ['orderID', 'productID', 'unitPrice', 'quantity', 'discount'] };

/** One order with everything that it needs; times are ISO strings. */
export interface NorthwindOrder {
  readonly orderId: string;
  readonly customerId: string;
  readonly placedAt: string;
  readonly shippedAt?: string;
  readonly lines: readonly OrderLine[];
}

export interface NorthwindFolder {
  /** Orders of which every row is good. */
  readonly orders: readonly NorthwindOrder[];
  readonly badRows: readonly BadRow[];
  /** Ids of the orders that are left out as a whole because of a bad row. */
  readonly skipped: readonly string[];
}

/** @throws UnusableFileError One of the two files cannot be used at all. */
export async function readNorthwindFolder(folder: string): Promise<NorthwindFolder> {
  const orders = await readCsvFile(join(folder, ORDERS.file), ORDERS.columns);
  const details = await readCsvFile(join(folder, DETAILS.file), DETAILS.columns);
  return collectOrders(orders, details);
}

/** Puts the rows of each order together. A bad row anywhere in an order leaves out the whole of it. */
export function collectOrders(orders: CsvFile, details: CsvFile): NorthwindFolder {
  const faults = new Faults();
  const heads = readHeads(orders, faults);
  const lines = readLines(details, heads, faults);
  const complete: NorthwindOrder[] = [];
  for (const [orderId, { row, ...head }] of heads) {
    const own = [...(lines.get(orderId)?.values() ?? [])];
    if (own.length > MAX_LINES)
      faults.add(orders.name, row.line, `order ${orderId} has more than ${MAX_LINES} lines`, orderId);
    if (own.length === 0 && !faults.has(orderId)) {
      faults.add(orders.name, row.line, `order ${orderId} has no line in ${details.name}`, orderId);
    }
    if (!faults.has(orderId)) complete.push({ orderId, ...head, lines: own });
  }
  const place = ({ file }: BadRow) => [orders.name, details.name].indexOf(file);
  const badRows = faults.rows.sort((a, b) => place(a) - place(b) || a.line - b.line);
  return { orders: complete, badRows, skipped: faults.orderIds };
}

type Head = Omit<NorthwindOrder, 'orderId' | 'lines'> & { readonly row: CsvRow };

function readHeads(file: CsvFile, faults: Faults): Map<string, Head> {
  const heads = new Map<string, Head>();
  for (const row of file.rows) {
    faults.collect(file.name, row, () => {
      const orderId = orderIdOf(row);
      const earlier = heads.get(orderId);
      if (earlier !== undefined) throw new RowFault(`order ${orderId} is on line ${earlier.row.line} already`);
      // Remembered before it is checked, so that the lines of a bad order are not reported as well.
      heads.set(orderId, { row, customerId: '', placedAt: '' });
      // Addresses in this format hold commas without quotes, so a row may have more fields than the header has columns.
      // All that is read here stands before them.
      if (row.fields < file.columns) throw wrongFields(row, file);
      const shippedAt = optionalTime(row, 'shippedDate');
      const placedAt = optionalTime(row, 'orderDate');
      if (placedAt === undefined) throw new RowFault('orderDate is missing');
      const customerId = required(row, 'customerID');
      heads.set(orderId, { row, customerId, placedAt, ...(shippedAt === undefined ? {} : { shippedAt }) });
    });
  }
  return heads;
}

function readLines(
  file: CsvFile,
  heads: ReadonlyMap<string, Head>,
  faults: Faults,
): Map<string, Map<string, OrderLine>> {
  const lines = new Map<string, Map<string, OrderLine>>();
  for (const row of file.rows) {
    faults.collect(file.name, row, () => {
      if (row.fields !== file.columns) throw wrongFields(row, file);
      const orderId = orderIdOf(row);
      if (!heads.has(orderId)) throw new RowFault(`there is no order ${orderId}`);
      const line = lineOf(row);
      const own = lines.get(orderId) ?? new Map<string, OrderLine>();
      if (own.has(line.productId)) throw new RowFault(`order ${orderId} has product ${line.productId} already`);
      lines.set(orderId, own.set(line.productId, line));
    });
  }
  return lines;
}

function lineOf(row: CsvRow): OrderLine {
  const productId = required(row, 'productID');
  const quantity = required(row, 'quantity');
  if (!/^\d{1,9}$/.test(quantity)) throw new RowFault(`quantity is "${quantity}", but must be a whole number from 1`);
  const unitPrice = required(row, 'unitPrice');
  return orderLine({ productId, quantity: Number(quantity), unitPrice, discount: row.value('discount') });
}

function orderIdOf(row: CsvRow): string {
  const orderId = required(row, 'orderID');
  if (!ORDER_ID.test(orderId)) throw new RowFault(`orderID is "${orderId}", which cannot be the id of an order`);
  return orderId;
}

function required(row: CsvRow, column: string): string {
  const value = row.value(column);
  if (value === undefined) throw new RowFault(`${column} is missing`);
  return value;
}

/** `1996-07-04 00:00:00.000`, with or without its time, taken as UTC. */
function optionalTime(row: CsvRow, column: string): string | undefined {
  const value = row.value(column);
  if (value === undefined) return undefined;
  const [, date, time = '00:00:00'] = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d(?:\.\d{1,9})?))?$/.exec(value) ?? [];
  const moment = new Date(`${date ?? ''}T${time}Z`);
  // A day that no month has would silently become one of the next month.
  if (Number.isNaN(moment.getTime()) || moment.toISOString().slice(0, 10) !== date) {
    throw new RowFault(`${column} is "${value}", but must be a time such as 1996-07-04 00:00:00.000`);
  }
  return moment.toISOString();
}

function wrongFields(row: CsvRow, file: CsvFile): RowFault {
  return new RowFault(`it has ${row.fields} fields, but the header has ${file.columns}`);
}

class RowFault extends Error {}

class Faults {
  readonly rows: BadRow[] = [];
  private readonly orders = new Set<string>();

  get orderIds(): string[] {
    return [...this.orders];
  }

  has(orderId: string): boolean {
    return this.orders.has(orderId);
  }

  add(file: string, line: number, reason: string, orderId: string | undefined): void {
    this.rows.push({ file, line, reason });
    if (orderId !== undefined) this.orders.add(orderId);
  }

  /** Reads one row; what is wrong with it is reported and counts for its order, if it names one. */
  collect(file: string, row: CsvRow, read: () => void): void {
    try {
      read();
    } catch (error) {
      this.add(file, row.line, (error as Error).message.replace(/\.$/, ''), row.value('orderID'));
    }
  }
}
