import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDatabaseDoor } from '../../apps/order-service/test/support/database-door.js';
import { startOrderService, type OrderServiceFixture } from '../../apps/order-service/test/support/order-service.js';
import { placeOrder } from '../../apps/order-service/test/support/samples.js';
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
  // It makes the tables, and leaves them to the processes.
  tables = await startOrderService();
  await tables.close();
  built = await buildService();
}, 60_000);

afterAll(async () => {
  await built.remove();
});

describe('a process of the order-service', () => {
  it.each([
    ['while it is idle', false],
    ['while its read models are at work', true],
  ])(
    'ends within 15 s of SIGTERM when the database no longer answers, %s',
    async (_state, isAtWork) => {
      const { dynamoDb, ...config } = tables.config;
      const door = await openDatabaseDoor(dynamoDb.endpoint!);
      const service = await startProcess(built, { ...config, dynamoDb: { ...dynamoDb, endpoint: door.url } });
      try {
        const held: string[] = [];
        const isOfReadModels = (operation: string) => operation === 'TransactWriteItems';
        if (isAtWork) door.hold(({ operation }) => isOfReadModels(operation) && held.push(operation) > 0);
        for (let order = 0; order < 5; order++) await placeOrder(service.api);
        if (isAtWork) await eventually('the read models are at work', () => held.length > 0, 30_000);
        door.hold(({ operation }) => held.push(operation) > 0);
        await eventually('the database does not answer', () => held.some((operation) => !isOfReadModels(operation)));
        const asked = performance.now();
        await service.stop('SIGTERM');
        expect(performance.now() - asked).toBeLessThan(LIMIT_MS);
      } finally {
        await service.stop('SIGKILL');
        door.release();
        await door.close();
      }
    },
    60_000,
  );
});
