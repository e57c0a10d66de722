import 'reflect-metadata';
import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus, CommandHandler, CqrsModule, type ICommandHandler } from '@nestjs/cqrs';
import { AggregateRepository, DynamoEventStoreModule } from 'nestjs-dynamo-event-store';
import { clientConfig } from '../../contestants/client-config.js';
import { Account } from '../../scale/account.js';
import { bookingAt, USUAL_SIZE } from '../../scale/bookings.js';
import { appendFirst, endpointOf, TABLE } from './first-appends.js';

class Book {
  constructor(readonly version: number) {}
}

@CommandHandler(Book)
class BookHandler implements ICommandHandler<Book> {
  constructor(private readonly repository: AggregateRepository) {}

  async execute({ version }: Book): Promise<void> {
    const { amount, text } = bookingAt(version, USUAL_SIZE);
    if (version === 1) await this.repository.save(new Account('a').book(amount, text));
    else
      await this.repository.update(Account, 'a', (account) => {
        account.book(amount, text);
      });
  }
}

@Module({
  imports: [
    CqrsModule.forRoot(),
    DynamoEventStoreModule.forRoot({
      tableName: TABLE,
      clientConfig: clientConfig(endpointOf(process.argv)),
      cache: true,
    }),
    DynamoEventStoreModule.forFeature([Account]),
  ],
  providers: [BookHandler],
})
class Application {}

Logger.overrideLogger(false);
/** A Nest application with the module: the command handler uses a repository with a cache. */
const bus = (await NestFactory.createApplicationContext(Application)).get(CommandBus);
await appendFirst((version) => bus.execute(new Book(version)));
