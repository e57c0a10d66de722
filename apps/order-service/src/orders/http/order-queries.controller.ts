import type { ServerResponse } from 'node:http';
import { Controller, Get, Logger, Param, Query, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { GetOrder, type ShownOrder } from '../queries/get-order.js';
import { GetOrderHistory } from '../queries/get-order-history.js';
import { ListOrders, type OrderPage } from '../queries/list-orders.js';
import { ApiProblems, VERSION_HEADER } from './api-docs.js';
import { parseAsOf } from './as-of.js';
import { etagOf } from './command-headers.js';
import { sendJsonArray } from './json-array-stream.js';
import { OrderPageAnswer, OrderSummaryAnswer, RecordedEventAnswer } from './order-answers.js';
import { OrderIdPipe } from './order-id.js';
import { HistoryQuery, ListOrdersQuery, ShowOrderQuery } from './order-requests.js';
import { MinVersion, parseAfter } from './version-token.js';

@ApiTags('queries')
@Controller('orders')
export class OrderQueriesController {
  private readonly logger = new Logger(OrderQueriesController.name);

  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({
    summary: 'List orders',
    description: 'Newest first by time of placing. Eventually consistent, but it shows what this process has stored.',
  })
  @ApiOkResponse({ type: OrderPageAnswer })
  @ApiProblems(400, 503)
  list(@Query() { customerId, status, limit, cursor, after }: ListOrdersQuery): Promise<OrderPage> {
    return this.queries.execute(new ListOrders({ customerId, status }, { limit, cursor, after: parseAfter(after) }));
  }

  @Get(':orderId')
  @ApiOperation({
    summary: 'Show an order',
    description:
      'Eventually consistent, but it shows what this process has stored, and the version asked for or later.',
  })
  @ApiParam({ name: 'orderId', example: 'o-1' })
  @ApiHeader({ name: 'X-Min-Version', required: false, description: 'Like `minVersion`, which wins.' })
  @ApiOkResponse({ type: OrderSummaryAnswer, headers: VERSION_HEADER })
  @ApiProblems(400, 404, 503)
  async show(
    @Param('orderId', OrderIdPipe) orderId: string,
    @Query() { minVersion }: ShowOrderQuery,
    @MinVersion() fromHeader: number | undefined,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<ShownOrder> {
    const version = minVersion === undefined ? fromHeader : Number(minVersion);
    const order = await this.queries.execute(new GetOrder(orderId, version));
    response.setHeader('ETag', etagOf(order.version));
    return order;
  }

  @Get(':orderId/events')
  @ApiOperation({
    summary: 'Show the history of an order',
    description: 'Its events with their envelopes, oldest first.',
  })
  @ApiParam({ name: 'orderId', example: 'o-1' })
  @ApiOkResponse({ type: [RecordedEventAnswer] })
  @ApiProblems(400, 404, 503)
  async history(
    @Param('orderId', OrderIdPipe) orderId: string,
    @Query() { asOf }: HistoryQuery,
    @Res() response: ServerResponse,
  ): Promise<void> {
    const events = await this.queries.execute(new GetOrderHistory(orderId, parseAsOf(asOf)));
    try {
      await sendJsonArray(response, events);
    } catch (error) {
      // The connection is broken off already: by the client, or because reading failed after the first events were out.
      this.logger.warn(`The history of order ${orderId} was not sent to its end: ${String(error)}`);
    }
  }
}
