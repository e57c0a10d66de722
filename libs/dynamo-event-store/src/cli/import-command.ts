import { createReadStream } from 'node:fs';
import { Command } from 'commander';
import { importCommits, type ImportOptions, type ImportReport } from '../transfer/import-commits.js';
import { verifyExport } from '../transfer/export-reader.js';
import { linesOf } from '../transfer/lines.js';
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

interface ImportArguments extends StoreOptions {
  readonly in: string;
  readonly dryRun?: true;
  readonly concurrency?: number;
  readonly onConflict?: 'fail' | 'report';
  readonly tenant?: string;
  readonly json?: true;
}

const HELP = `
The file is checked first: one that is cut off or altered, or that could not be read once it is stored, is refused before
anything is written.
Running it again is harmless: what is there is left as it is, and what is missing is added.`;

export function importCommand(): Command {
  return addListingOption(addStoreOptions(new Command('import')))
    .description('Writes the commits of an export into an event table, under their own versions, ids and times.')
    .requiredOption('--in <file>', 'file to read')
    .option('--dry-run', 'say what would happen, and write nothing')
    .option('--concurrency <n>', 'streams under way at once, 1 to 1000; default 16', wholeNumber(1, 1000))
    .option(
      '--on-conflict <what>',
      'fail, or report and go on with other streams; default fail',
      oneOf('fail', 'report'),
    )
    .option('--tenant <name>', 'refuse an export with streams of another tenant, or of none')
    .option('--json', 'write the report to the standard output as JSON')
    .addHelpText('after', HELP)
    .action(run);
}

async function run(options: ImportArguments): Promise<void> {
  const store = openStore(options);
  try {
    const lines = () => linesOf(createReadStream(options.in) as AsyncIterable<Uint8Array>);
    const { counts } = await verifyExport(lines());
    const progress = await showProgress(counts.commits, 'commits');
    const onProgress = ({ stored, present, expired, skipped }: ImportReport): void => {
      progress.update(stored + present + expired + skipped);
    };
    const { dryRun = false, concurrency, onConflict, tenant } = options;
    const settings: ImportOptions = {
      dryRun,
      onProgress,
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(onConflict === undefined ? {} : { onConflict }),
      ...(tenant === undefined ? {} : { tenant }),
    };
    const report = await interruptible((signal) => importCommits(store, lines, { ...settings, signal })).finally(
      progress.stop,
    );
    if (options.json) process.stdout.write(`${JSON.stringify(report)}\n`);
    else process.stderr.write(textOf(report));
    if (report.conflicts.length > 0) process.exitCode = 1;
  } finally {
    store.close();
  }
}

function textOf({ dryRun, read, stored, present, expired, skipped, conflicts }: ImportReport): string {
  const rows = [
    ['streams', read.streams],
    ['commits', read.commits],
    ['events', read.events],
    [dryRun ? 'would be stored' : 'stored', stored],
    ['there already', present],
    ['expired, left out', expired],
    ['left out after those', skipped],
    ['conflicts', conflicts.length],
  ] as const;
  return `${summaryOf(rows)}${conflicts.map(({ message }) => `${message}\n`).join('')}`;
}
