import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ListRevenue, type RevenuePage } from '../queries/list-revenue.js';
import { ApiProblems } from './api-docs.js';
import { RevenuePageAnswer } from './order-answers.js';
import { ListRevenueQuery } from './order-requests.js';
import { parseAfter } from './version-token.js';

@ApiTags('queries')
@Controller('revenue')
export class RevenueController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiOperation({
    summary: 'List revenue per day and product',
    description:
      'The lines of every order count on the day on which it was placed, paid or not, until they are removed or the order ' +
      'is cancelled or refunded. Sorted by day and product. Eventually consistent, but it shows what this process has stored.',
  })
  @ApiOkResponse({ type: RevenuePageAnswer })
  @ApiProblems(400, 503)
  list(@Query() { day, productId, limit, cursor, after }: ListRevenueQuery): Promise<RevenuePage> {
    return this.queries.execute(new ListRevenue({ day, productId }, { limit, cursor, after: parseAfter(after) }));
  }
}
