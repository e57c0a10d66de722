import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { OrderCommandExecutor } from './order-command-executor.js';
import { OrderCommand, type CommandControl, type OrderCommandResult } from './order-command.js';

export class RemoveLine extends OrderCommand {
  readonly kind = 'remove-line';

  constructor(
    orderId: string,
    readonly productId: string,
    control: CommandControl,
  ) {
    super(orderId, control);
  }
}

@CommandHandler(RemoveLine)
export class RemoveLineHandler implements ICommandHandler<RemoveLine> {
  constructor(private readonly executor: OrderCommandExecutor) {}

  execute(command: RemoveLine): Promise<OrderCommandResult> {
    return this.executor.change(command, (order) => {
      order.removeLine(command.productId);
    });
  }
}
