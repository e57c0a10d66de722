import { Injectable, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Type } from 'class-transformer';
import {
  Aggregate,
  AggregateRoot,
  DataSubject,
  DataSubjects,
  defineView,
  DomainEvent,
  DynamoEventStoreModule,
  EventHandler,
  LocalKeyProvider,
  PersonalData,
} from 'nestjs-dynamo-event-store';

// #region events
export class Address {
  @PersonalData({ fallback: '' }) readonly street: string;
  readonly country: string;
  constructor(street: string, country: string) {
    this.street = street;
    this.country = country;
  }
}

@DomainEvent({ name: 'customer-registered' })
export class CustomerRegistered {
  @DataSubject() readonly customerId: string;
  @PersonalData({ fallback: 'erased' }) readonly name: string;
  // Marks inside of an object count where @Type names its class; its data subject is that of the event.
  @Type(() => Address) readonly address: Address;
  constructor(customerId: string, name: string, address: Address) {
    this.customerId = customerId;
    this.name = name;
    this.address = address;
  }
}

// On the class: the id of the stream is the data subject.
@DataSubject()
@DomainEvent({ name: 'customer-renamed' })
export class CustomerRenamed {
  @PersonalData({ fallback: 'erased' }) readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}
// #endregion

@Aggregate({ name: 'customer', snapshot: { every: 50 } })
export class Customer extends AggregateRoot {
  name = '';
  country = '';

  @EventHandler(CustomerRegistered) protected onRegistered({ name, address }: CustomerRegistered): void {
    this.name = name;
    this.country = address.country;
  }
  @EventHandler(CustomerRenamed) protected onRenamed({ name }: CustomerRenamed): void {
    this.name = name;
  }
}

// #region view
interface Contact {
  readonly customerId: string;
  readonly name: string;
  readonly country: string;
}

export const contacts = defineView<Contact>({
  name: 'contacts',
  keyedBy: 'stream',
  personal: { subject: ({ customerId }) => customerId, fields: { name: 'erased' } },
});
// #endregion

// #region forget
@Injectable()
export class Erasure {
  constructor(private readonly subjects: DataSubjects) {}

  async forget(customerId: string): Promise<void> {
    await this.subjects.forget(customerId);
  }
}
// #endregion

// #region module
@Module({
  imports: [
    CqrsModule.forRoot(),
    DynamoEventStoreModule.forRoot({
      tableName: 'events',
      personalData: {
        // For development; in production new KmsKeyProvider({ client, keyId }) of nestjs-dynamo-event-store/kms.
        keys: new LocalKeyProvider({ keys: { dev: Buffer.alloc(32, 'not a secret') } }),
      },
    }),
    DynamoEventStoreModule.forFeature([Customer]),
  ],
  providers: [Erasure],
})
export class CustomersModule {}
// #endregion
