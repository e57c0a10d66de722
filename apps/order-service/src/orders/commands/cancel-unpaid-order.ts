import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { OrderCommandExecutor } from './order-command-executor.js';
import { OccasionCommand, type OrderCommandResult } from './order-command.js';
import { occasionOf } from './occasion.js';

/** Cancels an order unless it has been paid; whether it has is decided when it is stored, not when it is sent. */
export class CancelUnpaidOrder extends OccasionCommand {
  readonly kind = 'cancel-unpaid';
}

@CommandHandler(CancelUnpaidOrder)
export class CancelUnpaidOrderHandler implements ICommandHandler<CancelUnpaidOrder> {
  constructor(private readonly executor: OrderCommandExecutor) {}

  execute(command: CancelUnpaidOrder): Promise<OrderCommandResult> {
    const occasion = occasionOf(command);
    return this.executor.change(command, (order) => {
      order.cancelUnpaid(occasion);
    });
  }
}
