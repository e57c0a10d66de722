import type { ServerResponse } from 'node:http';
import { Body, Controller, Delete, HttpCode, Param, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { AddLine } from '../commands/add-line.js';
import { CancelOrder } from '../commands/cancel-order.js';
import type { CommandControl, OrderCommand, OrderCommandResult } from '../commands/order-command.js';
import { PayOrder } from '../commands/pay-order.js';
import { PlaceOrder } from '../commands/place-order.js';
import { RefundOrder } from '../commands/refund-order.js';
import { RemoveLine } from '../commands/remove-line.js';
import { ShipOrder } from '../commands/ship-order.js';
import { orderLine } from '../domain/order-line.js';
import { ApiCommand } from './api-docs.js';
import { Control, etagOf } from './command-headers.js';
import { CommandAnswer } from './order-answers.js';
import { newOrderId, OrderIdPipe } from './order-id.js';
import { OccasionBody, OrderLineBody, PlaceOrderBody } from './order-requests.js';

type Answer = Pick<OrderCommandResult, 'orderId' | 'version'>;

@ApiTags('commands')
@Controller('orders')
export class OrderCommandsController {
  constructor(private readonly commands: CommandBus) {}

  @Post()
  @ApiOperation({
    summary: 'Place an order',
    description:
      '409 with code order-exists if there is one with this id already; with code reference-taken if the customer has used ' +
      'the reference for another order that is not cancelled.',
  })
  @ApiBody({ type: PlaceOrderBody })
  @ApiCommand({ status: 201, type: CommandAnswer })
  async place(
    @Body() body: PlaceOrderBody,
    @Control() control: CommandControl,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<Answer> {
    const orderId = body.orderId ?? newOrderId(control.idempotencyKey, body.customerId);
    const lines = body.lines.map(orderLine);
    const command = new PlaceOrder(orderId, body.customerId, lines, utc(body.placedAt), body.reference, control);
    const answer = await this.execute(command, response);
    response.setHeader('Location', `/orders/${encodeURIComponent(orderId)}`);
    return answer;
  }

  @Post(':orderId/lines')
  @HttpCode(200)
  @ApiOperation({ summary: 'Add a line', description: 'Only before payment, and each product once.' })
  @ApiBody({ type: OrderLineBody })
  @ApiCommand({ status: 200, type: CommandAnswer })
  addLine(
    @Param('orderId', OrderIdPipe) orderId: string,
    @Body() body: OrderLineBody,
    @Control() control: CommandControl,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<Answer> {
    return this.execute(new AddLine(orderId, orderLine(body), control), response);
  }

  @Delete(':orderId/lines/:productId')
  @ApiOperation({ summary: 'Remove a line', description: 'Only before payment. 404 if there is no such line.' })
  @ApiParam({ name: 'productId', example: 'chai' })
  @ApiCommand({ status: 200, type: CommandAnswer })
  removeLine(
    @Param('orderId', OrderIdPipe) orderId: string,
    @Param('productId') productId: string,
    @Control() control: CommandControl,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<Answer> {
    return this.execute(new RemoveLine(orderId, productId, control), response);
  }

  @Post(':orderId/pay')
  @HttpCode(200)
  @ApiOperation({ summary: 'Pay the total', description: 'Only once, and with at least one line.' })
  @ApiBody({ type: OccasionBody, required: false })
  @ApiCommand({ status: 200, type: CommandAnswer })
  pay(
    @Param('orderId', OrderIdPipe) orderId: string,
    @Body() body: OccasionBody,
    @Control() control: CommandControl,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<Answer> {
    return this.execute(new PayOrder(orderId, occasion(body), control), response);
  }

  @Post(':orderId/ship')
  @HttpCode(200)
  @ApiOperation({ summary: 'Ship', description: 'Only a paid order.' })
  @ApiBody({ type: OccasionBody, required: false })
  @ApiCommand({ status: 200, type: CommandAnswer })
  ship(
    @Param('orderId', OrderIdPipe) orderId: string,
    @Body() body: OccasionBody,
    @Control() control: CommandControl,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<Answer> {
    return this.execute(new ShipOrder(orderId, occasion(body), control), response);
  }

  @Post(':orderId/cancel')
  @HttpCode(200)
  @ApiOperation({ summary: 'Cancel', description: 'Not after shipping. What was paid is given back.' })
  @ApiBody({ type: OccasionBody, required: false })
  @ApiCommand({ status: 200, type: CommandAnswer })
  cancel(
    @Param('orderId', OrderIdPipe) orderId: string,
    @Body() body: OccasionBody,
    @Control() control: CommandControl,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<Answer> {
    return this.execute(new CancelOrder(orderId, occasion(body), control), response);
  }

  @Post(':orderId/refund')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Give the money back',
    description:
      'Only what was paid, and once: before shipping, after a cancellation, or on a return. It ends the order.',
  })
  @ApiBody({ type: OccasionBody, required: false })
  @ApiCommand({ status: 200, type: CommandAnswer })
  refund(
    @Param('orderId', OrderIdPipe) orderId: string,
    @Body() body: OccasionBody,
    @Control() control: CommandControl,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<Answer> {
    return this.execute(new RefundOrder(orderId, occasion(body), control), response);
  }

  private async execute(command: OrderCommand, response: ServerResponse): Promise<Answer> {
    const { orderId, version, repeated } = await this.commands.execute(command);
    response.setHeader('ETag', etagOf(version));
    if (repeated) response.setHeader('Idempotency-Replayed', 'true');
    return { orderId, version };
  }
}

function occasion({ at, reason }: OccasionBody): { at: string | undefined; reason: string | undefined } {
  return { at: utc(at), reason };
}

/** One spelling for one moment, so that times compare as text. */
function utc(time: string | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}
