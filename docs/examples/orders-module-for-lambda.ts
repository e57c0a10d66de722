import { Module } from '@nestjs/common';
import { DynamoEventStoreModule } from 'nestjs-dynamo-event-store';
import { OrderQueries, OrderSummaryProjection, ProductSalesProjection } from './projections.js';

// Without `feed`: the commits come from Lambda.
@Module({
  imports: [DynamoEventStoreModule.forRoot({ tableName: () => process.env['EVENTS_TABLE'] ?? 'events' })],
  providers: [OrderSummaryProjection, ProductSalesProjection, OrderQueries],
})
export class OrdersModule {}
