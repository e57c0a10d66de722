import { Logger, Module, type DynamicModule } from '@nestjs/common';
import { DynamoEventStoreModule } from 'nestjs-dynamo-event-store';
import type { OrderServiceConfig } from '../config.js';
import { AddLineHandler } from './commands/add-line.js';
import { CancelOrderHandler } from './commands/cancel-order.js';
import { CancelUnpaidOrderHandler } from './commands/cancel-unpaid-order.js';
import { OrderCommandExecutor } from './commands/order-command-executor.js';
import { PayOrderHandler } from './commands/pay-order.js';
import { PlaceOrderHandler } from './commands/place-order.js';
import { RefundOrderHandler } from './commands/refund-order.js';
import { RemoveLineHandler } from './commands/remove-line.js';
import { ShipOrderHandler } from './commands/ship-order.js';
import { Order } from './domain/order.js';
import { OrderCommandsController } from './http/order-commands.controller.js';
import { OrderQueriesController } from './http/order-queries.controller.js';
import { RevenueController } from './http/revenue.controller.js';
import { PAYMENT_TIMEOUT_MS, PaymentProcess } from './processes/payment-process.js';
import { GetOrderHandler } from './queries/get-order.js';
import { GetOrderHistoryHandler } from './queries/get-order-history.js';
import { ListOrdersHandler } from './queries/list-orders.js';
import { ListRevenueHandler } from './queries/list-revenue.js';
import { Freshness, READ_WAIT_MS } from './read-model/freshness.js';
import { OrderSummaryProjection } from './read-model/order-summary.projection.js';
import { OwnWrites } from './read-model/own-writes.js';
import { RevenueProjection } from './read-model/revenue.projection.js';

const COMMAND_HANDLERS = [
  PlaceOrderHandler,
  AddLineHandler,
  RemoveLineHandler,
  PayOrderHandler,
  ShipOrderHandler,
  CancelOrderHandler,
  CancelUnpaidOrderHandler,
  RefundOrderHandler,
];
const QUERY_HANDLERS = [GetOrderHandler, ListOrdersHandler, GetOrderHistoryHandler];

/** What writes several items in one transaction: counts shared by many orders, and commands with a key. */
const NEEDS_TRANSACTIONS = [RevenueProjection, ListRevenueHandler, PaymentProcess];

@Module({})
export class OrdersModule {
  static register({ engine, readWaitMs, paymentTimeoutMs }: OrderServiceConfig): DynamicModule {
    const hasTransactions = engine === 'dynamodb';
    if (!hasTransactions)
      new Logger('OrderService').warn(
        'dynalite has no transactions and no streams: no /revenue, no payment timeouts and refunds, and each look for new events scans the table.',
      );
    return {
      module: OrdersModule,
      imports: [DynamoEventStoreModule.forFeature([Order])],
      controllers: [OrderCommandsController, OrderQueriesController, ...(hasTransactions ? [RevenueController] : [])],
      providers: [
        { provide: READ_WAIT_MS, useValue: readWaitMs },
        { provide: PAYMENT_TIMEOUT_MS, useValue: paymentTimeoutMs },
        OrderCommandExecutor,
        OwnWrites,
        Freshness,
        OrderSummaryProjection,
        ...COMMAND_HANDLERS,
        ...QUERY_HANDLERS,
        ...(hasTransactions ? NEEDS_TRANSACTIONS : []),
      ],
    };
  }
}
