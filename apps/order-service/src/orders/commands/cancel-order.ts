import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { OrderCommandExecutor } from './order-command-executor.js';
import { OccasionCommand, type OrderCommandResult } from './order-command.js';
import { occasionOf } from './occasion.js';

export class CancelOrder extends OccasionCommand {
  readonly kind = 'cancel';
}

@CommandHandler(CancelOrder)
export class CancelOrderHandler implements ICommandHandler<CancelOrder> {
  constructor(private readonly executor: OrderCommandExecutor) {}

  execute(command: CancelOrder): Promise<OrderCommandResult> {
    const occasion = occasionOf(command);
    return this.executor.change(command, (order) => {
      order.cancel(occasion);
    });
  }
}
