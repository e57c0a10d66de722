import { describe, expect, it } from '@jest/globals';
import { parseCsv } from './csv-file.js';
import { collectOrders, type NorthwindFolder } from './northwind-orders.js';

const ORDER_COLUMNS = 'orderID,customerID,orderDate,shippedDate,shipAddress,shipCity';
const DETAIL_COLUMNS = 'orderID,productID,unitPrice,quantity,discount';

function collect(orders: string[], details: string[]): NorthwindFolder {
  return collectOrders(
    parseCsv('orders.csv', [ORDER_COLUMNS, ...orders].join('\n'), [
      'orderID',
      'customerID',
      'orderDate',
      'shippedDate',
    ]),
    parseCsv('order-details.csv', [DETAIL_COLUMNS, ...details].join('\n'), [
      'orderID',
      'productID',
      'unitPrice',
      'quantity',
      'discount',
    ]),
  );
}

const ORDER_1 = '1,VINET,1996-07-04 00:00:00.000,1996-07-16 00:00:00.000,Main Street,Reims';
const LINE_1 = '1,11,14.00,12,0';

/** The reasons, with the place they name. */
function reasons({ badRows }: NorthwindFolder): string[] {
  return badRows.map(({ file, line, reason }) => `${file}:${line}: ${reason}`);
}

describe('the orders of a folder', () => {
  it('have their lines, and times in UTC', () => {
    const { orders, badRows, skipped } = collect(
      [ORDER_1, '2,HANAR,1996-07-08,NULL,x,y'],
      [LINE_1, '1,42,9.8,10,0.15', '2,11,1,1,'],
    );
    expect(orders).toEqual([
      {
        orderId: '1',
        customerId: 'VINET',
        placedAt: '1996-07-04T00:00:00.000Z',
        shippedAt: '1996-07-16T00:00:00.000Z',
        lines: [
          { productId: '11', quantity: 12, unitPrice: '14.00', discount: '0' },
          { productId: '42', quantity: 10, unitPrice: '9.80', discount: '0.15' },
        ],
      },
      {
        orderId: '2',
        customerId: 'HANAR',
        placedAt: '1996-07-08T00:00:00.000Z',
        lines: [{ productId: '11', quantity: 1, unitPrice: '1.00', discount: '0' }],
      },
    ]);
    expect([badRows, skipped]).toEqual([[], []]);
  });

  it('may have commas without quotes in what comes after the columns that are used', () => {
    const { orders, badRows } = collect(['1,VINET,1996-07-04 00:00:00.000,NULL,Rua do Paco, 67,Rio'], [LINE_1]);
    expect(badRows).toEqual([]);
    expect(orders).toHaveLength(1);
  });

  it.each([
    ['too few fields', '1,VINET,1996-07-04', 'orders.csv:2: it has 3 fields, but the header has 6'],
    ['no customer', '1,NULL,1996-07-04,NULL,x,y', 'orders.csv:2: customerID is missing'],
    ['no date', '1,VINET,NULL,NULL,x,y', 'orders.csv:2: orderDate is missing'],
    [
      'no such day',
      '1,VINET,1996-02-30,NULL,x,y',
      'orders.csv:2: orderDate is "1996-02-30", but must be a time such as 1996-07-04 00:00:00.000',
    ],
    ['a comma in the wrong place', '1,VIN,ET,1996-07-04,NULL,x,y', 'orders.csv:2: shippedDate is "1996-07-04", but'],
    [
      'an id that cannot be one',
      'a b,VINET,1996-07-04,NULL,x,y',
      'orders.csv:2: orderID is "a b", which cannot be the id of an order',
    ],
  ])('are left out with %s', (name, row, reason) => {
    const folder = collect([row, '2,HANAR,1996-07-08,NULL,x,y'], ['2,11,1,1,0']);
    if (name === 'a comma in the wrong place') expect(reasons(folder)[0]).toContain('orders.csv:2: orderDate is "ET"');
    else expect(reasons(folder)).toEqual([reason]);
    expect(folder.orders.map(({ orderId }) => orderId)).toEqual(['2']);
  });

  it.each([
    ['1,42,9.80,x,0', 'quantity is "x", but must be a whole number from 1'],
    ['1,42,9.80,1.5,0', 'quantity is "1.5", but must be a whole number from 1'],
    ['1,42,9.80,0,0', 'quantity is 0'],
    ['1,42,9.805,1,0', 'unitPrice is "9.805"'],
    ['1,42,-9.80,1,0', 'unitPrice is "-9.80"'],
    ['1,42,9.80,1,1.5', 'discount is 1.5'],
    ['1,NULL,9.80,1,0', 'productID is missing'],
    ['1,42,9.80,1', 'it has 4 fields, but the header has 5'],
    ['1,42,9,80,1,0', 'it has 6 fields, but the header has 5'],
    ['1,11,9.80,1,0', 'order 1 has product 11 already'],
  ])('are left out as a whole when one line is %s', (row, reason) => {
    const folder = collect([ORDER_1, '2,HANAR,1996-07-08,NULL,x,y'], [LINE_1, row, '2,11,1,1,0']);
    expect(folder.orders.map(({ orderId }) => orderId)).toEqual(['2']);
    expect(folder.skipped).toEqual(['1']);
    expect(reasons(folder)).toHaveLength(1);
    expect(reasons(folder)[0]).toContain('order-details.csv:3: ');
    expect(reasons(folder)[0]).toContain(reason);
  });

  it('are left out without lines, and when their id is there twice', () => {
    expect(reasons(collect([ORDER_1], []))).toEqual(['orders.csv:2: order 1 has no line in order-details.csv']);
    const twice = collect([ORDER_1, ORDER_1], [LINE_1]);
    expect(reasons(twice)).toEqual(['orders.csv:3: order 1 is on line 2 already']);
    expect(twice.orders).toEqual([]);
  });

  it('do not include lines of an order that is not there, while those of a bad order are reported once', () => {
    const folder = collect(['1,NULL,1996-07-04,NULL,x,y'], [LINE_1, '9,11,1,1,0']);
    expect(reasons(folder)).toEqual([
      'orders.csv:2: customerID is missing',
      'order-details.csv:3: there is no order 9',
    ]);
    expect(folder.skipped).toEqual(['1', '9']);
  });
});
