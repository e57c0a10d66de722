import { describe, expect, it } from '@jest/globals';
import { CommandBus } from '@nestjs/cqrs';
import { Test } from '@nestjs/testing';
import { AggregateRepository, DynamoEventStore, EventStore } from 'nestjs-dynamo-event-store';
import { InMemoryEventStore, scenario } from 'nestjs-dynamo-event-store/testing';
import { Order, OrderPlaced, OrdersModule, OrderShipped, PlaceOrder, ShipOrder } from '../../docs/examples/order.js';
import { testClient, uniqueTableName } from '../support/dynamodb.js';

describe("the README's first example", () => {
  it.each([
    ['on DynamoDB', () => new DynamoEventStore({ client: testClient(), tableName: uniqueTableName('readme') })],
    ['in memory', () => new InMemoryEventStore()],
  ])('places and ships an order %s', async (_, createStore) => {
    const compiled = await Test.createTestingModule({ imports: [OrdersModule] })
      .overrideProvider(EventStore)
      .useValue(createStore())
      .compile();
    const app = await compiled.init();
    const commands = app.get(CommandBus);

    await commands.execute(new PlaceOrder('o-1', 'c-1'));
    await commands.execute(new ShipOrder('o-1'));
    await expect(commands.execute(new ShipOrder('o-1'))).rejects.toThrow('Order o-1 is shipped');

    const types: string[] = [];
    for await (const { type } of app.get(AggregateRepository).history(Order, 'o-1')) types.push(type);
    expect(types).toEqual(['order-placed', 'order-shipped']);
    const store = app.get<EventStore>(EventStore);
    await app.close();
    if (store instanceof DynamoEventStore) store.client.destroy();
  });

  // #region scenario
  it('ships a placed order', async () => {
    const at = new Date();
    const shipping = scenario(Order)
      .given(new OrderPlaced('c-1'))
      .when((order) => {
        order.ship(at);
      });
    await shipping.thenEvents(new OrderShipped(at));
  });
  // #endregion
});
