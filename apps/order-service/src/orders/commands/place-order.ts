import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { OrderLine } from '../domain/order-line.js';
import { Order } from '../domain/order.js';
import { OrderCommandExecutor } from './order-command-executor.js';
import { OrderCommand, type CommandControl, type OrderCommandResult } from './order-command.js';

export class PlaceOrder extends OrderCommand {
  readonly kind = 'place';

  constructor(
    orderId: string,
    readonly customerId: string,
    readonly lines: readonly OrderLine[],
    /** ISO time. Default: now. */
    readonly placedAt: string | undefined,
    /** The customer's own number of the order. */
    readonly reference: string | undefined,
    control: CommandControl,
  ) {
    super(orderId, control);
  }
}

@CommandHandler(PlaceOrder)
export class PlaceOrderHandler implements ICommandHandler<PlaceOrder> {
  constructor(private readonly executor: OrderCommandExecutor) {}

  execute(command: PlaceOrder): Promise<OrderCommandResult> {
    const { orderId, customerId, lines, placedAt = new Date().toISOString(), reference } = command;
    return this.executor.create(command, () => Order.place(orderId, customerId, lines, placedAt, reference));
  }
}
