import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { OrderCommandExecutor } from './order-command-executor.js';
import { OccasionCommand, type OrderCommandResult } from './order-command.js';
import { occasionOf } from './occasion.js';

export class RefundOrder extends OccasionCommand {
  readonly kind = 'refund';
}

@CommandHandler(RefundOrder)
export class RefundOrderHandler implements ICommandHandler<RefundOrder> {
  constructor(private readonly executor: OrderCommandExecutor) {}

  execute(command: RefundOrder): Promise<OrderCommandResult> {
    const occasion = occasionOf(command);
    return this.executor.change(command, (order) => {
      order.refund(occasion);
    });
  }
}
