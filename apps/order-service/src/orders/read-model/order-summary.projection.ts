import { OnAny, Projection, type RecordedEvent, type ViewWriter } from 'nestjs-dynamo-event-store';
import { applyToSummary, ORDER_SUMMARY, orderSummaries } from './order-summary.js';

/** Keeps the summaries. It takes every event, so that the version of a summary is that of its order. */
@Projection({ name: ORDER_SUMMARY, version: 1, aggregates: ['order'], views: [orderSummaries] })
export class OrderSummaryProjection {
  @OnAny()
  async apply(_event: object, recorded: RecordedEvent, views: ViewWriter): Promise<void> {
    await views.of(orderSummaries).update(recorded.stream.id, (summary) => applyToSummary(summary, recorded));
  }
}
