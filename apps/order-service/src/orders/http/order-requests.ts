import { ApiProperty, ApiPropertyOptional, ApiSchema } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { MAX_LINES } from '../domain/order.js';
import { MAX_AMOUNT, MAX_QUANTITY } from '../domain/order-line.js';
import { ORDER_STATUSES, type OrderStatus } from '../domain/order-status.js';
import {
  HoldsNoLists,
  IsAbsentOr,
  IsBoundedAmount,
  IsDay,
  IsDiscount,
  IsIsoTime,
  IsPrice,
  IsVersion,
} from './field-rules.js';

/** Letters, digits and a few signs that need no escaping in a URL. */
export const ORDER_ID = /^[A-Za-z0-9][A-Za-z0-9._~:@-]{0,127}$/;
const NAME = /^[^\p{Cc}]+$/u;
const NO_OUTER_BLANKS = /^\S(?:[^]*\S)?$/u;
const NAME_RULE = { message: '$property must not contain control characters' };

@ApiSchema({ name: 'OrderLine' })
export class OrderLineBody {
  @ApiProperty({ example: 'chai', maxLength: 128 })
  @Matches(NAME, NAME_RULE)
  @MaxLength(128)
  @IsNotEmpty()
  @IsString()
  readonly productId!: string;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: MAX_QUANTITY, example: 12 })
  @Max(MAX_QUANTITY)
  @Min(1)
  @IsInt()
  readonly quantity!: number;

  @ApiProperty({
    pattern: String.raw`^\d{1,12}(\.\d{1,2})?$`,
    example: '14.00',
    description: `Decimal string, not a number. The line must not amount to more than ${MAX_AMOUNT}.`,
  })
  @IsBoundedAmount()
  @IsPrice()
  readonly unitPrice!: string;

  @ApiPropertyOptional({
    oneOf: [{ type: 'number', minimum: 0, maximum: 1 }, { type: 'string' }],
    default: 0,
    example: '0.15',
    description: 'Share taken off, from 0 to 1, at most 6 digits after the point; a number or a decimal string.',
  })
  @IsDiscount()
  @IsAbsentOr()
  readonly discount?: number | string;
}

@ApiSchema({ name: 'PlaceOrder' })
export class PlaceOrderBody {
  @ApiPropertyOptional({
    pattern: ORDER_ID.source,
    example: 'o-1',
    description: 'Default: derived from customerId and Idempotency-Key where there is a key, else a new random id.',
  })
  @Matches(ORDER_ID, {
    message: 'orderId must be 1 to 128 letters, digits or . _ ~ : @ -, beginning with a letter or digit',
  })
  @IsAbsentOr()
  readonly orderId?: string;

  @ApiProperty({ example: 'VINET', maxLength: 128 })
  @Matches(NAME, NAME_RULE)
  @MaxLength(128)
  @IsNotEmpty()
  @IsString()
  readonly customerId!: string;

  @ApiProperty({ type: [OrderLineBody], minItems: 1, maxItems: MAX_LINES, description: 'Each product at most once.' })
  @HoldsNoLists()
  @ArrayUnique((line: Partial<OrderLineBody> | null) => line?.productId, {
    message: 'lines must hold each productId once',
  })
  @ArrayMaxSize(MAX_LINES)
  @ArrayMinSize(1)
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => OrderLineBody)
  readonly lines!: OrderLineBody[];

  @ApiPropertyOptional({ format: 'date-time', description: 'Default: now.' })
  @IsIsoTime()
  @IsAbsentOr()
  readonly placedAt?: string;

  @ApiPropertyOptional({
    example: 'PO-4711',
    maxLength: 128,
    description: "The customer's own number of the order: unique per customer, until the order is cancelled.",
  })
  @Matches(NO_OUTER_BLANKS, { message: '$property must not begin or end with a blank' })
  @Matches(NAME, NAME_RULE)
  @MaxLength(128)
  @IsNotEmpty()
  @IsString()
  @IsAbsentOr()
  readonly reference?: string;
}

@ApiSchema({ name: 'Occasion' })
export class OccasionBody {
  @ApiPropertyOptional({ format: 'date-time', description: 'When it happened. Default: now.' })
  @IsIsoTime()
  @IsAbsentOr()
  readonly at?: string;

  @ApiPropertyOptional({ maxLength: 1000, example: 'ordered by mistake' })
  @MaxLength(1000)
  @IsString()
  @IsAbsentOr()
  readonly reason?: string;
}

/** What all lists take. */
export abstract class PageQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 100, default: 20 })
  @Max(100)
  @Min(1)
  @IsInt()
  @Type(() => Number)
  readonly limit: number = 20;

  @ApiPropertyOptional({ description: 'From the page before, with the same filter.' })
  @IsNotEmpty()
  @IsString()
  @IsOptional()
  readonly cursor?: string;

  @ApiPropertyOptional({
    example: 'o-1@3',
    description:
      'Order and version, as a command answered it, that the list must take into account, such as `o-1@3`; otherwise 503. Default: what this process ' +
      'has stored lately, as far as it is shown in time.',
  })
  @IsString()
  @IsOptional()
  readonly after?: string;
}

export class ListOrdersQuery extends PageQuery {
  @ApiPropertyOptional()
  @MaxLength(128)
  @IsNotEmpty()
  @IsString()
  @IsOptional()
  readonly customerId?: string;

  @ApiPropertyOptional({ enum: ORDER_STATUSES })
  @IsIn(ORDER_STATUSES)
  @IsOptional()
  readonly status?: OrderStatus;
}

export class ListRevenueQuery extends PageQuery {
  @ApiPropertyOptional({
    format: 'date',
    example: '2026-01-31',
    description: 'Day on which orders were placed, in UTC.',
  })
  @IsDay()
  @IsOptional()
  readonly day?: string;

  @ApiPropertyOptional({ example: 'chai' })
  @MaxLength(128)
  @IsNotEmpty()
  @IsString()
  @IsOptional()
  readonly productId?: string;
}

export class ShowOrderQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    description:
      'Version, as a command answered it, that must be shown; otherwise 503, at once if it is not stored. Also as the header `X-Min-Version`.',
  })
  @IsVersion()
  @IsOptional()
  readonly minVersion?: string;
}

export class HistoryQuery {
  @ApiPropertyOptional({
    description: 'Only events up to this version (a whole number from 1), or stored up to this ISO time; inclusive.',
    examples: { version: { value: '2' }, time: { value: '2026-01-31T12:00:00Z' } },
  })
  @IsString()
  @IsOptional()
  readonly asOf?: string;
}
