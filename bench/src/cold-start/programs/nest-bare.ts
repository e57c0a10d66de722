import 'reflect-metadata';
import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus, CommandHandler, CqrsModule, type ICommandHandler } from '@nestjs/cqrs';
import { BareAccounts } from '../../scale/bare-accounts.js';
import { bookingAt, USUAL_SIZE } from '../../scale/bookings.js';
import { appendFirst, endpointOf, TABLE } from './first-appends.js';

class Book {
  constructor(readonly version: number) {}
}

const accounts = new BareAccounts(endpointOf(process.argv), TABLE);

@CommandHandler(Book)
class BookHandler implements ICommandHandler<Book> {
  execute({ version }: Book): Promise<void> {
    return accounts.append('a', version, bookingAt(version, USUAL_SIZE));
  }
}

@Module({ imports: [CqrsModule.forRoot()], providers: [BookHandler] })
class Application {}

Logger.overrideLogger(false);
/** A Nest application whose command handler uses the bare SDK. */
const bus = (await NestFactory.createApplicationContext(Application)).get(CommandBus);
await appendFirst((version) => bus.execute(new Book(version)));
