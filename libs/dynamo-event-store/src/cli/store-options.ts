import { InvalidArgumentError, type Command } from 'commander';
import { DynamoEventStore } from '../dynamo/dynamo-event-store.js';
import type { EventClass } from '../event/event-serializer.js';

/** Options that name a table and where it is. */
export interface StoreOptions {
  readonly table: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly listingShards?: number;
}

export function addStoreOptions(command: Command): Command {
  return command
    .requiredOption('--table <name>', 'event table')
    .option('--endpoint <url>', 'address of DynamoDB; default: that of AWS')
    .option('--region <name>', 'default: as the AWS SDK finds it');
}

/** For commands that write first commits. */
export function addListingOption(command: Command): Command {
  return command.option(
    '--listing-shards <n>',
    'as in the options of the store, 1 to 64; default 4',
    wholeNumber(1, 64),
  );
}

/** A store with a client of its own; close it. */
export function openStore(options: StoreOptions, events: readonly EventClass[] = []): DynamoEventStore {
  const { table, endpoint, region, listingShards } = options;
  return new DynamoEventStore({
    tableName: table,
    clientConfig: { ...(endpoint === undefined ? {} : { endpoint }), ...(region === undefined ? {} : { region }) },
    events,
    ...(listingShards === undefined ? {} : { listingShards }),
  });
}

export function wholeNumber(lowest: number, highest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= lowest && value <= highest) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${lowest} to ${highest}.`);
  };
}

export function oneOf<T extends string>(...words: readonly T[]): (text: string) => T {
  return (text) => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`It must be ${words.join(' or ')}.`);
  };
}

/** For options that may be given several times. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}
