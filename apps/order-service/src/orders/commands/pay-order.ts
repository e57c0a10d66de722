import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { OrderCommandExecutor } from './order-command-executor.js';
import { OccasionCommand, type OrderCommandResult } from './order-command.js';
import { occasionOf } from './occasion.js';

export class PayOrder extends OccasionCommand {
  readonly kind = 'pay';
}

@CommandHandler(PayOrder)
export class PayOrderHandler implements ICommandHandler<PayOrder> {
  constructor(private readonly executor: OrderCommandExecutor) {}

  execute(command: PayOrder): Promise<OrderCommandResult> {
    const occasion = occasionOf(command);
    return this.executor.change(command, (order) => {
      order.pay(occasion);
    });
  }
}
