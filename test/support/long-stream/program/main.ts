import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  DomainEvent,
  DynamoEventStore,
  EventHandler,
  reduceEvents,
  type RecordedEvent,
} from 'nestjs-dynamo-event-store';
import type { Reading, ReadingConfig } from './messages.js';

@DomainEvent({ name: 'noted' })
class Noted {
  constructor(
    readonly length: number,
    readonly text: string,
  ) {}
}

@Aggregate({ name: 'notebook' })
class Notebook extends AggregateRoot<Noted> {
  characters = 0;

  @EventHandler(Noted) protected onNoted({ text }: Noted): void {
    this.characters += text.length;
  }
}

const { tableName, clientConfig, id, way } = JSON.parse(process.argv[2] ?? '') as ReadingConfig;
const store = new DynamoEventStore({ tableName, clientConfig, events: [Noted] });
const repository = new AggregateRepository(store);
repository.register(Notebook);
const events = () => store.read<Noted>({ aggregate: 'notebook', id });

async function inALoop(): Promise<Reading> {
  let reading: Reading = { version: 0, characters: 0 };
  for await (const recorded of events()) reading = next(reading, recorded);
  return reading;
}

async function inBatches(): Promise<Reading> {
  let reading: Reading = { version: 0, characters: 0 };
  for await (const batch of events().batches()) for (const recorded of batch) reading = next(reading, recorded);
  return reading;
}

async function reduced(): Promise<Reading> {
  const { state, version } = await reduceEvents(events(), (sum, { event }) => sum + event.text.length, 0);
  return { version, characters: state };
}

async function loaded(): Promise<Reading> {
  const { version, characters } = await repository.load(Notebook, id);
  return { version, characters };
}

/** What none of the others may do. */
async function collected(): Promise<Reading> {
  const all: RecordedEvent<Noted>[] = [];
  for await (const recorded of events()) all.push(recorded);
  return all.reduce(next, { version: 0, characters: 0 });
}

function next({ characters }: Reading, { version, event }: RecordedEvent<Noted>): Reading {
  return { version, characters: characters + event.text.length };
}

const reading = await { inALoop, inBatches, reduced, loaded, collected }[way]();
store.close();
process.stdout.write(JSON.stringify(reading));
