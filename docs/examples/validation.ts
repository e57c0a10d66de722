import { DomainEvent, DynamoEventStore } from 'nestjs-dynamo-event-store';
import { classValidator } from 'nestjs-dynamo-event-store/class-validator';
import { IsEmail } from 'class-validator';
import { z } from 'zod';

// #region zod
@DomainEvent({ name: 'item-priced', schema: z.object({ sku: z.string().min(1), price: z.number().positive() }) })
export class ItemPriced {
  constructor(
    readonly sku: string,
    readonly price: number,
  ) {}
}
// #endregion

// #region class-validator
@DomainEvent({ name: 'customer-invited' })
export class CustomerInvited {
  @IsEmail() readonly email: string;
  constructor(email: string) {
    this.email = email;
  }
}

export const options = {
  tableName: 'events',
  events: [ItemPriced, CustomerInvited],
  validation: { validators: [classValidator()] },
} satisfies ConstructorParameters<typeof DynamoEventStore>[0];
// #endregion
