import { Module, type DynamicModule } from '@nestjs/common';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoEventStoreModule } from 'nestjs-dynamo-event-store';
import { AddLineHandler } from './commands/add-line.js';
import { CancelOrderHandler } from './commands/cancel-order.js';
import { OrderCommandExecutor } from './commands/order-command-executor.js';
import { PayOrderHandler } from './commands/pay-order.js';
import { PlaceOrderHandler } from './commands/place-order.js';
import { RefundOrderHandler } from './commands/refund-order.js';
import { RemoveLineHandler } from './commands/remove-line.js';
import { ShipOrderHandler } from './commands/ship-order.js';
import { Order } from './domain/order.js';
import { OrderCommandsController } from './http/order-commands.controller.js';
import { OrderQueriesController } from './http/order-queries.controller.js';
import { GetOrderHandler } from './queries/get-order.js';
import { GetOrderHistoryHandler } from './queries/get-order-history.js';
import { ListOrdersHandler } from './queries/list-orders.js';
import { OrderSummaryProjection } from './read-model/order-summary.projection.js';
import { OrderSummaryStore } from './read-model/order-summary.store.js';
import { OrderSummarySubscriber } from './read-model/order-summary.subscriber.js';
import { createOrderSummaryTable } from './read-model/order-summary.table.js';

export interface OrdersModuleOptions {
  readonly readModelTable: string;
  readonly createTables: boolean;
}

const COMMAND_HANDLERS = [
  PlaceOrderHandler,
  AddLineHandler,
  RemoveLineHandler,
  PayOrderHandler,
  ShipOrderHandler,
  CancelOrderHandler,
  RefundOrderHandler,
];
const QUERY_HANDLERS = [GetOrderHandler, ListOrdersHandler, GetOrderHistoryHandler];

@Module({})
export class OrdersModule {
  static register({ readModelTable, createTables }: OrdersModuleOptions): DynamicModule {
    return {
      module: OrdersModule,
      imports: [DynamoEventStoreModule.forFeature([Order])],
      controllers: [OrderCommandsController, OrderQueriesController],
      providers: [
        {
          provide: OrderSummaryStore,
          useFactory: async (client: DynamoDBClient) => {
            if (createTables) await createOrderSummaryTable(client, readModelTable);
            return new OrderSummaryStore(client, readModelTable);
          },
          inject: [DynamoDBClient],
        },
        OrderCommandExecutor,
        OrderSummaryProjection,
        OrderSummarySubscriber,
        ...COMMAND_HANDLERS,
        ...QUERY_HANDLERS,
      ],
    };
  }
}
