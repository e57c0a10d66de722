import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { OrderCommandExecutor } from './order-command-executor.js';
import { OccasionCommand, type OrderCommandResult } from './order-command.js';
import { occasionOf } from './occasion.js';

export class ShipOrder extends OccasionCommand {
  readonly kind = 'ship';
}

@CommandHandler(ShipOrder)
export class ShipOrderHandler implements ICommandHandler<ShipOrder> {
  constructor(private readonly executor: OrderCommandExecutor) {}

  execute(command: ShipOrder): Promise<OrderCommandResult> {
    const occasion = occasionOf(command);
    return this.executor.change(command, (order) => {
      order.ship(occasion);
    });
  }
}
