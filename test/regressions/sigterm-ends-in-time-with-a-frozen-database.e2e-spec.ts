import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDatabaseDoor } from '../../apps/order-service/test/support/database-door.js';
import { startOrderService, type OrderServiceFixture } from '../../apps/order-service/test/support/order-service.js';
import { CHAI, placeOrder } from '../../apps/order-service/test/support/samples.js';
import {
  buildService,
  startProcess,
  type BuiltService,
} from '../../apps/order-service/test/support/service-process.js';
import { eventually } from '../support/eventually.js';

const LIMIT_MS = 15_000;

let tables: OrderServiceFixture;
let built: BuiltService;

beforeAll(async () => {
  tables = await startOrderService();
  built = await buildService();
}, 60_000);

afterAll(async () => {
  await built.remove();
  await tables.close();
});

describe('a process of the order-service', () => {
  it.each([['idle'], ['with a command in hand']])(
    'ends within 15 s of SIGTERM when the database no longer answers, %s',
    async (state) => {
      const { dynamoDb, ...config } = tables.config;
      const door = await openDatabaseDoor(dynamoDb.endpoint!);
      const service = await startProcess(built, { ...config, dynamoDb: { ...dynamoDb, endpoint: door.url } });
      try {
        await placeOrder(service.api);
        const held: string[] = [];
        door.hold(({ operation }) => held.push(operation) > 0);
        const command =
          state === 'idle'
            ? undefined
            : service.api.post('/orders', { customerId: 'c', lines: [CHAI] }).catch(() => undefined);
        await eventually(
          'the database is asked and does not answer',
          () => held.includes('PutItem') || held.length > 2,
        );
        const asked = performance.now();
        await service.stop('SIGTERM');
        expect(performance.now() - asked).toBeLessThan(LIMIT_MS);
        await command;
      } finally {
        door.release();
        await door.close();
      }
    },
    60_000,
  );
});
