import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { OrderLine } from '../domain/order-line.js';
import { OrderCommandExecutor } from './order-command-executor.js';
import { OrderCommand, type CommandControl, type OrderCommandResult } from './order-command.js';

export class AddLine extends OrderCommand {
  readonly kind = 'add-line';

  constructor(
    orderId: string,
    readonly line: OrderLine,
    control: CommandControl,
  ) {
    super(orderId, control);
  }
}

@CommandHandler(AddLine)
export class AddLineHandler implements ICommandHandler<AddLine> {
  constructor(private readonly executor: OrderCommandExecutor) {}

  execute(command: AddLine): Promise<OrderCommandResult> {
    return this.executor.change(command, (order) => {
      order.addLine(command.line);
    });
  }
}
