import type { ServerResponse } from 'node:http';
import { Controller, Get, Logger, Param, Query, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { badRequest } from '../../http/problem.js';
import { GetOrder } from '../queries/get-order.js';
import { GetOrderHistory } from '../queries/get-order-history.js';
import { ListOrders, type OrderPage } from '../queries/list-orders.js';
import { InvalidCursorError } from '../read-model/list-cursor.js';
import type { OrderSummary } from '../read-model/order-summary.js';
import { ApiProblems, VERSION_HEADER } from './api-docs.js';
import { parseAsOf } from './as-of.js';
import { etagOf } from './command-headers.js';
import { sendJsonArray } from './json-array-stream.js';
import { OrderPageAnswer, OrderSummaryAnswer, RecordedEventAnswer } from './order-answers.js';
import { OrderIdPipe } from './order-id.js';
import { HistoryQuery, ListOrdersQuery } from './order-requests.js';

@ApiTags('queries')
@Controller('orders')
export class OrderQueriesController {
  private readonly logger = new Logger(OrderQueriesController.name);

  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({
    summary: 'List orders',
    description: 'Newest first by time of placing; without any filter in no particular order. Eventually consistent.',
  })
  @ApiOkResponse({ type: OrderPageAnswer })
  @ApiProblems(400, 503)
  async list(@Query() { customerId, status, limit, cursor }: ListOrdersQuery): Promise<OrderPage> {
    try {
      return await this.queries.execute(new ListOrders({ customerId, status }, limit, cursor));
    } catch (error) {
      if (error instanceof InvalidCursorError) throw badRequest([{ field: 'cursor', message: error.message }]);
      throw error;
    }
  }

  @Get(':orderId')
  @ApiOperation({ summary: 'Show an order', description: 'With everything that is stored at this moment.' })
  @ApiParam({ name: 'orderId', example: 'o-1' })
  @ApiOkResponse({ type: OrderSummaryAnswer, headers: VERSION_HEADER })
  @ApiProblems(404, 503)
  async show(
    @Param('orderId', OrderIdPipe) orderId: string,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<OrderSummary> {
    const summary = await this.queries.execute(new GetOrder(orderId));
    response.setHeader('ETag', etagOf(summary.version));
    return summary;
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
