import { Logger, Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Command, CommandBus, CommandHandler, CqrsModule, type ICommandHandler } from '@nestjs/cqrs';
import { AggregateRepository, DynamoEventStore, DynamoEventStoreModule, EventStore } from 'nestjs-dynamo-event-store';
import type { LineAddedData } from '../works/order-events.js';
import { clientConfig } from './client-config.js';
import type { Contestant, ContestantSetup } from './contestant.js';
import { Order } from './domain/order.js';

class PlaceOrder extends Command<void> {
  constructor(
    readonly id: string,
    readonly first: LineAddedData,
  ) {
    super();
  }
}

class AddLines extends Command<void> {
  constructor(
    readonly id: string,
    readonly lines: readonly LineAddedData[],
  ) {
    super();
  }
}

@CommandHandler(PlaceOrder)
class PlaceOrderHandler implements ICommandHandler<PlaceOrder> {
  constructor(private readonly repository: AggregateRepository) {}

  async execute({ id, first }: PlaceOrder): Promise<void> {
    const order = new Order(id);
    order.addLines([first]);
    await this.repository.save(order);
  }
}

@CommandHandler(AddLines)
class AddLinesHandler implements ICommandHandler<AddLines> {
  constructor(private readonly repository: AggregateRepository) {}

  async execute({ id, lines }: AddLines): Promise<void> {
    await this.repository.update(Order, id, (order) => {
      order.addLines(lines);
    });
  }
}

@Module({})
class BenchModule {}

async function startApplication({ endpoint, table }: ContestantSetup): Promise<INestApplicationContext> {
  Logger.overrideLogger(['error', 'warn']);
  return NestFactory.createApplicationContext({
    module: BenchModule,
    imports: [
      CqrsModule.forRoot(),
      DynamoEventStoreModule.forRoot({ tableName: table, clientConfig: clientConfig(endpoint), cache: true }),
      DynamoEventStoreModule.forFeature([Order]),
    ],
    providers: [PlaceOrderHandler, AddLinesHandler],
  });
}

const AS_REPOSITORY = 'as repository';

/** A Nest application with the library's cache on. A command runs through the bus to a handler that calls the repository. */
class CommandBusContestant implements Contestant<string> {
  readonly cannot = {
    'load-10': AS_REPOSITORY,
    'load-100': AS_REPOSITORY,
    'load-1000': AS_REPOSITORY,
    'load-1000-packed': AS_REPOSITORY,
    'load-5000': AS_REPOSITORY,
    'load-snapshot': AS_REPOSITORY,
    'save-all-5': AS_REPOSITORY,
    'catch-up': AS_REPOSITORY,
  };
  private readonly bus: CommandBus;

  constructor(private readonly application: INestApplicationContext) {
    this.bus = application.get(CommandBus);
  }

  async createTables(): Promise<void> {
    await this.application.get<DynamoEventStore>(EventStore).createTable();
  }

  async begin(id: string, first: LineAddedData): Promise<string> {
    await this.bus.execute(new PlaceOrder(id, first));
    return id;
  }

  open(id: string): Promise<string> {
    return Promise.resolve(id);
  }

  async append(id: string, events: readonly LineAddedData[]): Promise<void> {
    await this.bus.execute(new AddLines(id, events));
  }

  async load(id: string) {
    const { version, total } = await this.application.get(AggregateRepository).load(Order, id);
    return { version, state: total };
  }

  update(id: string, event: LineAddedData): Promise<void> {
    return this.append(id, [event]);
  }

  appendAfterLoss(id: string, event: LineAddedData): Promise<void> {
    return this.append(id, [event]);
  }

  async close(): Promise<void> {
    await this.application.close();
  }
}

export async function create(setup: ContestantSetup): Promise<Contestant<string>> {
  return new CommandBusContestant(await startApplication(setup));
}
