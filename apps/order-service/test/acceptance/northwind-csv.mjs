// Reads a Northwind-format folder and sums it up, on purpose without any code of the service: in whole cents, with
// integers only.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';

/** By order id: `{ customerId, lines, cents, shipped }`. */
export function ordersOfCsv(folder) {
  const orders = new Map();
  for (const [orderId, customerId, , , , shippedDate] of rows(folder, 'orders.csv')) {
    orders.set(orderId, { customerId, lines: 0, cents: 0n, shipped: shippedDate !== 'NULL', version: undefined });
  }
  for (const [orderId, , unitPrice, quantity, discount] of rows(folder, 'order-details.csv')) {
    const order = orders.get(orderId);
    order.lines += 1;
    order.cents += lineCents(unitPrice, quantity, discount);
  }
  return orders;
}

/** By day and product, `1996-07-04 11`: `{ quantity, cents }`. */
export function revenueOfCsv(folder) {
  const days = new Map(rows(folder, 'orders.csv').map(([orderId, , , orderDate]) => [orderId, orderDate.slice(0, 10)]));
  const revenue = new Map();
  for (const [orderId, productId, unitPrice, quantity, discount] of rows(folder, 'order-details.csv')) {
    const key = `${days.get(orderId)} ${productId}`;
    const sum = revenue.get(key) ?? { quantity: 0, cents: 0n };
    const cents = sum.cents + lineCents(unitPrice, quantity, discount);
    revenue.set(key, { quantity: sum.quantity + Number(quantity), cents });
  }
  return revenue;
}

/** The read model of orders, by its lists. */
export async function ordersOfReadModel(url) {
  const orders = new Map();
  for await (const { orderId, customerId, lines, total, status, version } of pages(`${url}/orders`)) {
    const sum = lines.reduce((cents, { amount }) => cents + scaled(amount, 2), 0n);
    if (sum !== scaled(total, 2)) throw new Error(`order ${orderId}: the total is not the sum of its lines`);
    orders.set(orderId, { customerId, lines: lines.length, cents: sum, shipped: status === 'shipped', version });
  }
  return orders;
}

/** The read model of revenue, by its lists. */
export async function revenueOfReadModel(url) {
  const all = new Map();
  for await (const { day, productId, quantity, revenue } of pages(`${url}/revenue`)) {
    if (all.has(`${day} ${productId}`)) throw new Error(`${day} ${productId} is listed twice`);
    all.set(`${day} ${productId}`, { quantity, cents: scaled(revenue, 2) });
  }
  return all;
}

/** Prints every difference in one of the fields. @returns How many entries differ. */
export function compare(what, expected, actual, fields) {
  let differences = 0;
  for (const key of new Set([...expected.keys(), ...actual.keys()])) {
    const [a, b] = [expected.get(key), actual.get(key)];
    const unequal = fields.filter((field) => a?.[field] !== b?.[field]);
    if (unequal.length === 0) continue;
    differences += 1;
    console.log(`${what}, ${key}: ${unequal.map((field) => `${field} ${a?.[field]} / ${b?.[field]}`).join(', ')}`);
  }
  return differences;
}

export async function getJson(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** quantity × price × (1 − discount), half up to the cent. */
export function lineCents(unitPrice, quantity, discount) {
  const millionths = scaled(unitPrice, 2) * BigInt(quantity) * (1_000_000n - scaled(discount, 6));
  return (millionths + 500_000n) / 1_000_000n;
}

export function decimal(cents) {
  return `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
}

/** A decimal text times 10 to the power of `digits`; fails when it has more digits than that. */
function scaled(text, digits) {
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(String(text));
  if (fraction.slice(digits).replaceAll('0', '') !== '') throw new Error(`${text} has more than ${digits} digits`);
  return BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'));
}

function rows(folder, file) {
  const text = readFileSync(join(folder, file), 'utf8');
  return parse(text, { relax_column_count: true, relax_quotes: true, from_line: 2 });
}

async function* pages(url) {
  let cursor;
  do {
    const page = await getJson(`${url}?limit=100${cursor === undefined ? '' : `&cursor=${cursor}`}`);
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
