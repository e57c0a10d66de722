import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startOrderService, type OrderServiceFixture } from './support/order-service.js';
import { buildService, runProgram, type BuiltService, type Finished } from './support/service-process.js';

const FOLDER = fileURLToPath(new URL('./fixtures/northwind/', import.meta.url));

let service: OrderServiceFixture;
let built: BuiltService;
let folder: string;

beforeAll(async () => {
  service = await startOrderService();
  built = await buildService();
  folder = await mkdtemp(join(tmpdir(), 'northwind-'));
}, 60_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await built.remove();
  await service.close();
});

function runImport(from: string, url = service.api.url): Promise<Finished> {
  return runProgram(built.program('import.js'), [from, '--url', url]);
}

/** The figures of the summary by their names. */
function figuresOf({ stdout }: Finished): Record<string, string> {
  const pairs = [...stdout.matchAll(/^ +(\S.*?) {2,}(\S.*)$/gm)].map(([, name, value]) => [name, value]);
  return Object.fromEntries(pairs) as Record<string, string>;
}

async function everything(): Promise<{ orderId: string; status: string; total: string; version: number }[]> {
  const { body } = await service.api.get('/orders?limit=100');
  return body
    .items!.map(({ orderId, status, total, version }) => ({ orderId, status, total, version }))
    .sort((a, b) => a.orderId.localeCompare(b.orderId));
}

const IMPORTED = [
  { orderId: 'N-1', status: 'shipped', total: '251.30', version: 3 },
  { orderId: 'N-2', status: 'placed', total: '3.11', version: 1 },
  { orderId: 'N-8', status: 'shipped', total: '165.30', version: 3 },
];

describe('the importer', () => {
  it('sends good orders, reports bad rows by line, and imports nothing half', async () => {
    const finished = await runImport(FOLDER);
    expect(finished.stderr.trim().split('\n')).toEqual([
      'orders.csv:4: customerID is missing; skipped',
      'orders.csv:5: orderDate is "2026-01-32 00:00:00.000", but must be a time such as 1996-07-04 00:00:00.000; skipped',
      'orders.csv:7: it has 4 fields, but the header has 14; skipped',
      'orders.csv:8: order N-7 has no line in order-details.csv; skipped',
      expect.stringMatching(/^order-details\.csv:8: .*42.*quantity is 0.*; skipped$/),
      'order-details.csv:11: there is no order N-9; skipped',
    ]);
    expect(figuresOf(finished)).toMatchObject({
      imported: '3',
      'already there': '0',
      failed: '0',
      'skipped rows': '6',
      'skipped orders': '6',
      'new commands': '7',
      rate: expect.stringMatching(/orders\/s/),
    });
    expect(finished.code).toBe(0);
    expect(await everything()).toEqual(IMPORTED);
    expect((await service.api.get('/orders/N-1')).body).toMatchObject({
      customerId: 'VINET',
      placedAt: '2026-01-04T00:00:00.000Z',
      shippedAt: '2026-01-16T00:00:00.000Z',
    });
  });

  it('run again imports nothing', async () => {
    const finished = await runImport(FOLDER);
    expect(figuresOf(finished)).toMatchObject({
      imported: '0',
      'already there': '3',
      failed: '0',
      'new commands': '0',
    });
    expect(finished.code).toBe(0);
    expect(await everything()).toEqual(IMPORTED);
  });

  it('does what is missing when it was broken off', async () => {
    const order = 'P-1,VINET,5,2026-01-04,2026-02-01,NULL,3,32.38,a,b,c,NULL,51100,France';
    const files = async (head: string) => {
      const header =
        'orderID,customerID,employeeID,orderDate,requiredDate,shippedDate,shipVia,freight,shipName,shipAddress,shipCity,shipRegion,shipPostalCode,shipCountry';
      await writeFile(join(folder, 'orders.csv'), `${header}\n${head}\n`);
      await writeFile(
        join(folder, 'order-details.csv'),
        'orderID,productID,unitPrice,quantity,discount\nP-1,11,14.00,12,0\n',
      );
    };
    await files(order);
    expect(figuresOf(await runImport(folder))).toMatchObject({ imported: '1', 'new commands': '1' });
    await files(order.replace('NULL', '2026-01-16'));
    expect(figuresOf(await runImport(folder))).toMatchObject({ imported: '1', 'new commands': '2' });
    expect((await service.api.get('/orders/P-1')).body).toMatchObject({ status: 'shipped', version: 3 });
  });

  it('fails with exit code 1 on an order that is there with other content', async () => {
    const { api } = service;
    await api.post('/orders', {
      orderId: 'N-C',
      customerId: 'X',
      lines: [{ productId: '1', quantity: 1, unitPrice: '1.00' }],
    });
    await writeFile(
      join(folder, 'orders.csv'),
      'orderID,customerID,orderDate,shippedDate\nN-C,VINET,2026-01-04,NULL\n',
    );
    await writeFile(
      join(folder, 'order-details.csv'),
      'orderID,productID,unitPrice,quantity,discount\nN-C,11,14.00,12,0\n',
    );
    const finished = await runImport(folder);
    expect(finished.code).toBe(1);
    expect(finished.stderr).toContain('order N-C: POST /orders: 409 order-exists');
    expect(figuresOf(finished)).toMatchObject({ failed: '1', 'of these conflicts': '1' });
    expect((await api.get('/orders/N-C')).body).toMatchObject({ customerId: 'X', version: 1 });
  });

  it.each([
    ['a folder that is not there', 'no-such-folder', /^import: .*no-such-folder.*orders\.csv cannot be read/],
    ['a service that does not answer', FOLDER, /import: GET \/health: http:\/\/127\.0\.0\.1:9 does not answer/],
  ])('says in one line what is wrong with %s', async (_what, from, expected) => {
    const finished = await runImport(from, 'http://127.0.0.1:9');
    expect(finished.code).toBe(1);
    expect(finished.stderr.trim().split('\n').at(-1)).toMatch(expected);
  });
});
