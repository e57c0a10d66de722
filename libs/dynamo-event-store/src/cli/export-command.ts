import { once } from 'node:events';
import { Command, Option } from 'commander';
import type { DynamoEventStore } from '../dynamo/dynamo-event-store.js';
import { exportCommits, type ExportOptions } from '../transfer/export-commits.js';
import type { ExportCounts } from '../transfer/export-format.js';
import { interruptible } from './interruption.js';
import { PartialExport } from './partial-export.js';
import { showProgress, summaryOf } from './progress-display.js';
import { addStoreOptions, collect, oneOf, openStore, wholeNumber, type StoreOptions } from './store-options.js';
import { estimatedItems } from './table-estimate.js';

interface ExportArguments extends StoreOptions {
  readonly out?: string;
  readonly resume?: true;
  readonly tenant?: string;
  readonly withoutTenant?: true;
  readonly aggregate?: readonly string[];
  readonly through?: 'scan' | 'listing';
  readonly segments?: number;
  readonly json?: true;
}

export function exportCommand(): Command {
  return addStoreOptions(new Command('export'))
    .description(
      'Writes the commits of an event table to a file, one line of JSON each, with counts and a hash at the end.',
    )
    .option('--out <file>', 'file to write; default: the standard output')
    .option('--resume', 'go on with a file whose export was interrupted')
    .option('--tenant <id>', 'only streams of this tenant')
    .addOption(new Option('--without-tenant', 'only streams of no tenant').conflicts('tenant'))
    .option('--aggregate <name>', 'only streams of this aggregate; may be given several times', collect)
    .option('--through <way>', 'scan the table, or ask the listing index', oneOf('scan', 'listing'))
    .option(
      '--segments <n>',
      'shares in which the table is scanned side by side, 1 to 1000; default 1',
      wholeNumber(1, 1000),
    )
    .option('--json', 'write the report to the standard output as JSON')
    .action(async (options: ExportArguments, command: Command) => {
      if (options.out === undefined && (options.resume ?? options.json))
        command.error('error: --resume and --json need --out');
      await run(options, options.withoutTenant === true ? null : options.tenant);
    });
}

async function run(options: ExportArguments, tenant: string | null | undefined): Promise<void> {
  const store = openStore(options);
  try {
    const { aggregate, through, segments } = options;
    const selection = {
      store,
      ...(tenant === undefined ? {} : { tenant }),
      ...(aggregate === undefined ? {} : { aggregates: aggregate }),
      ...(through === undefined ? {} : { through }),
      ...(segments === undefined ? {} : { segments }),
    };
    const counts = await interruptible((signal) => exportTo(options, store, { ...selection, signal }));
    const rows = Object.entries(counts).map(([label, value]) => [label, value as number] as const);
    if (options.json) process.stdout.write(`${JSON.stringify({ ...counts, out: options.out })}\n`);
    else process.stderr.write(summaryOf(rows));
  } finally {
    store.close();
  }
}

async function exportTo(
  { out, resume }: ExportArguments,
  store: DynamoEventStore,
  options: ExportOptions,
): Promise<ExportCounts> {
  const progress = await showProgress(await estimatedItems(store, store.tableName), 'commits');
  let counts: ExportCounts = { streams: 0, commits: 0, events: 0 };
  const onProgress = (reached: ExportCounts): void => {
    counts = reached;
    progress.update(reached.commits);
  };
  try {
    if (out === undefined) await toStandardOutput({ ...options, onProgress });
    else await toFile(out, resume === true, { ...options, onProgress });
  } finally {
    progress.stop();
  }
  return counts;
}

async function toStandardOutput(options: ExportOptions): Promise<void> {
  for await (const line of exportCommits(options)) if (!process.stdout.write(line)) await once(process.stdout, 'drain');
}

async function toFile(out: string, resume: boolean, options: ExportOptions): Promise<void> {
  const file = await (resume ? PartialExport.resume(out) : PartialExport.begin(out));
  try {
    const from = resume ? { resume: file.lines() } : {};
    for await (const line of exportCommits({ ...options, ...from })) await file.write(line);
    await file.complete();
  } catch (cause) {
    await file.checkpoint();
    throw new Error(
      `${(cause as Error).message.replace(/\.$/, '')}. The export is not complete; go on with the same command and --resume.`,
      {
        cause,
      },
    );
  } finally {
    await file.close();
  }
}
