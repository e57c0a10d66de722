import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { castoreTable } from '../dynamo/foreign-tables/castore-table.js';
import { cqrsEsTable } from '../dynamo/foreign-tables/cqrs-es-table.js';
import type { ForeignTableOptions } from '../dynamo/foreign-tables/foreign-table.js';
import type { EventClass } from '../event/event-serializer.js';
import type { EventMapping, ForeignSource } from '../transfer/foreign-events.js';
import { migrate, type MigrationOptions } from '../transfer/migrate.js';
import type { MigrationReport } from '../transfer/migration-report.js';
import { interruptible } from './interruption.js';
import { showProgress, summaryOf } from './progress-display.js';
import {
  addListingOption,
  addStoreOptions,
  oneOf,
  openStore,
  wholeNumber,
  type StoreOptions,
} from './store-options.js';
import { estimatedItems } from './table-estimate.js';

interface MigrateArguments extends StoreOptions {
  readonly from: string;
  readonly map?: string;
  readonly dryRun?: true;
  readonly gaps?: 'refuse' | 'close';
  readonly concurrency?: number;
  readonly segments?: number;
  readonly json?: true;
  readonly legacyEventStore?: string;
  readonly payload?: 'content' | 'whole';
}

/** What a module for `--map` may export. */
interface MappingModule {
  readonly map?: EventMapping;
  /** Classes to store the events as. */
  readonly events?: readonly EventClass[];
}

const HELP = `
The module for --map is an ES module that exports map(event), which gives { aggregate, id, type, schemaVersion, payload,
metadata, recordedAt } or undefined to leave an event out; and, to check the events against classes, events: [OrderPlaced, …].
Begin with --dry-run: it reports what a run would do, and writes nothing. Running it again adds what is missing.`;

export function migrateCommand(): Command {
  const castore = sourceCommand('castore', 'a table of @castore/event-storage-adapter-dynamodb')
    .option('--legacy-event-store <id>', 'of a table of the legacy adapter: the id of its event store')
    .action((options: MigrateArguments) =>
      run(options, (table) => {
        const { legacyEventStore: id } = options;
        return castoreTable({ ...table, ...(id === undefined ? {} : { legacyEventStoreId: id }) });
      }),
    );
  const cqrsEs = sourceCommand('cqrs-es', 'an events table of dynamo-es, the store of cqrs-es')
    .option('--payload <form>', 'the content of the variant, or the whole; default content', oneOf('content', 'whole'))
    .action((options: MigrateArguments) =>
      run(options, (table) => {
        const { payload } = options;
        return cqrsEsTable({ ...table, ...(payload === undefined ? {} : { payload }) });
      }),
    );
  return new Command('migrate')
    .description('Takes over the events of a table of another event store.')
    .addCommand(castore)
    .addCommand(cqrsEs);
}

function sourceCommand(name: string, what: string): Command {
  return addListingOption(addStoreOptions(new Command(name)))
    .description(`Takes over the events of ${what}.`)
    .requiredOption('--from <table>', 'table to read')
    .option('--map <module>', 'ES module that says what the events become')
    .option('--dry-run', 'say what would happen, and write nothing')
    .option('--gaps <what>', 'refuse gaps in a stream, or close them up; default refuse', oneOf('refuse', 'close'))
    .option('--concurrency <n>', 'streams under way at once, 1 to 1000; default 16', wholeNumber(1, 1000))
    .option(
      '--segments <n>',
      'shares in which the table is read side by side, 1 to 1000; default 1',
      wholeNumber(1, 1000),
    )
    .option('--json', 'write the report to the standard output as JSON')
    .addHelpText('after', HELP);
}

async function run(options: MigrateArguments, open: (table: ForeignTableOptions) => ForeignSource): Promise<void> {
  const { map, events = [] } = await loadMapping(options.map);
  const store = openStore(options, events);
  try {
    const { dryRun = false, gaps, concurrency, segments, from } = options;
    const table = { client: store.client, tableName: from, ...(segments === undefined ? {} : { segments }) };
    const progress = await showProgress(await estimatedItems(store, from), 'events');
    const settings: MigrationOptions = {
      dryRun,
      onProgress: ({ events }) => {
        progress.update(events);
      },
      ...(map === undefined ? {} : { map }),
      ...(gaps === undefined ? {} : { gaps }),
      ...(concurrency === undefined ? {} : { concurrency }),
    };
    const report = await interruptible((signal) => migrate(open(table), store, { ...settings, signal })).finally(
      progress.stop,
    );
    if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else process.stderr.write(textOf(report));
    if (report.problems.length > 0) process.exitCode = 1;
  } finally {
    store.close();
  }
}

async function loadMapping(module: string | undefined): Promise<MappingModule> {
  if (module === undefined) return {};
  const loaded = (await import(pathToFileURL(resolve(module)).href)) as MappingModule;
  if (typeof loaded.map !== 'function' && loaded.events === undefined)
    throw new Error(`${module} exports neither map nor events.`);
  return loaded;
}

function textOf(report: MigrationReport): string {
  const { dryRun, streams, events, dropped, withoutTime, stored, present, refused, types, problems } = report;
  const rows = [
    ['streams', streams],
    ['events', events],
    [dryRun ? 'would be stored' : 'stored', stored],
    ['there already', present],
    ['left out by the map', dropped],
    ['refused', refused],
    ['without a time', withoutTime],
  ] as const;
  const mapped = types.map(
    (each) => `  ${each.store} ${each.type} → ${each.aggregate} ${each.label}: ${each.events}\n`,
  );
  const refusals = problems.map(({ kind, place, message }) => `${kind}: ${place}: ${message}\n`);
  return [summaryOf(rows), ...mapped, ...refusals].join('');
}
