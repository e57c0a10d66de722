import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { ORDER_STATUSES, type OrderStatus } from '../domain/order-status.js';

// What the OpenAPI page shows of answers; the values themselves are plain objects.

const MONEY = { example: '168.00', description: 'Decimal string with two digits.' };

@ApiSchema({ name: 'CommandResult' })
export class CommandAnswer {
  @ApiProperty({ example: 'o-1' })
  readonly orderId!: string;

  @ApiProperty({ type: 'integer', example: 1, description: 'Version of the order right after the command.' })
  readonly version!: number;
}

@ApiSchema({ name: 'OrderSummaryLine' })
export class OrderSummaryLineAnswer {
  @ApiProperty({ example: 'chai' })
  readonly productId!: string;

  @ApiProperty({ type: 'integer', example: 12 })
  readonly quantity!: number;

  @ApiProperty({ example: '14.00' })
  readonly unitPrice!: string;

  @ApiProperty({ example: '0.15' })
  readonly discount!: string;

  @ApiProperty({ ...MONEY, description: 'quantity × unitPrice × (1 − discount), rounded half up to the cent.' })
  readonly amount!: string;
}

@ApiSchema({ name: 'OrderSummary' })
export class OrderSummaryAnswer {
  @ApiProperty({ example: 'o-1' })
  readonly orderId!: string;

  @ApiProperty({ example: 'VINET' })
  readonly customerId!: string;

  @ApiPropertyOptional({ example: 'PO-4711', description: "The customer's own number of the order." })
  readonly reference?: string;

  @ApiProperty({ enum: ORDER_STATUSES })
  readonly status!: OrderStatus;

  @ApiProperty({ type: [OrderSummaryLineAnswer] })
  readonly lines!: OrderSummaryLineAnswer[];

  @ApiProperty({ ...MONEY, description: 'Sum of the amounts of the lines.' })
  readonly total!: string;

  @ApiProperty({ ...MONEY, description: 'What was paid and not given back.' })
  readonly paid!: string;

  @ApiProperty({ type: 'integer', example: 3 })
  readonly version!: number;

  @ApiProperty({ format: 'date-time' })
  readonly placedAt!: string;

  @ApiPropertyOptional({ format: 'date-time' })
  readonly paidAt?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  readonly shippedAt?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  readonly cancelledAt?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  readonly refundedAt?: string;

  @ApiProperty({ format: 'date-time', description: 'When the last event was stored.' })
  readonly updatedAt!: string;
}

@ApiSchema({ name: 'OrderPage' })
export class OrderPageAnswer {
  @ApiProperty({ type: [OrderSummaryAnswer] })
  readonly items!: OrderSummaryAnswer[];

  @ApiPropertyOptional({ description: 'For the next page; absent on the last.' })
  readonly cursor?: string;
}

@ApiSchema({ name: 'Revenue' })
export class RevenueAnswer {
  @ApiProperty({ format: 'date', example: '2026-01-31' })
  readonly day!: string;

  @ApiProperty({ example: 'chai' })
  readonly productId!: string;

  @ApiProperty({ type: 'integer', example: 12 })
  readonly quantity!: number;

  @ApiProperty({ ...MONEY, example: '123.45' })
  readonly revenue!: string;
}

@ApiSchema({ name: 'RevenuePage' })
export class RevenuePageAnswer {
  @ApiProperty({ type: [RevenueAnswer] })
  readonly items!: RevenueAnswer[];

  @ApiPropertyOptional({ description: 'For the next page; absent on the last.' })
  readonly cursor?: string;
}

@ApiSchema({ name: 'StreamId' })
export class StreamAnswer {
  @ApiProperty({ example: 'order' })
  readonly aggregate!: string;

  @ApiProperty({ example: 'o-1' })
  readonly id!: string;
}

@ApiSchema({ name: 'RecordedEvent' })
export class RecordedEventAnswer {
  @ApiProperty()
  readonly stream!: StreamAnswer;

  @ApiProperty({ type: 'integer', example: 1 })
  readonly version!: number;

  @ApiProperty()
  readonly eventId!: string;

  @ApiProperty({ description: 'Shared by the events that were stored together.' })
  readonly commitId!: string;

  @ApiProperty({ example: 'order-placed' })
  readonly type!: string;

  @ApiProperty({ type: 'integer', example: 1 })
  readonly schemaVersion!: number;

  @ApiProperty({ format: 'date-time' })
  readonly recordedAt!: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'correlationId, causationId and what else was recorded.',
  })
  readonly metadata!: Record<string, unknown>;

  @ApiProperty({ type: 'object', additionalProperties: true, description: 'The event itself.' })
  readonly event!: Record<string, unknown>;
}

@ApiSchema({ name: 'FieldError' })
export class FieldErrorAnswer {
  @ApiProperty({ example: 'lines[0].quantity' })
  readonly field!: string;

  @ApiProperty({ example: 'quantity must not be less than 1' })
  readonly message!: string;
}

@ApiSchema({ name: 'Problem', description: 'Problem details of RFC 9457. Further members hold the facts of the case.' })
export class ProblemAnswer {
  @ApiProperty({ example: 'urn:order-service:problem:order-not-shippable' })
  readonly type!: string;

  @ApiProperty({ example: 'Conflict' })
  readonly title!: string;

  @ApiProperty({ type: 'integer', example: 409 })
  readonly status!: number;

  @ApiProperty({ example: 'Order o-1 is placed. Only a paid order can be shipped, and only once.' })
  readonly detail!: string;

  @ApiProperty({ example: 'order-not-shippable', description: 'Stable; safe to switch on.' })
  readonly code!: string;

  @ApiPropertyOptional({ type: [FieldErrorAnswer], description: 'With code invalid-request: every field at fault.' })
  readonly errors?: FieldErrorAnswer[];
}
