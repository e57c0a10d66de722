import { Command } from 'commander';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import { isEventStoreError } from '../errors/event-store-error.js';
import type { EventSources, ReadEventSchemasOptions } from '../schemas/index.js';

interface SchemaArguments {
  readonly project: string;
  readonly lock: string;
}

interface WriteArguments extends SchemaArguments {
  readonly retire: readonly string[];
  readonly retireAggregate: readonly string[];
  readonly relock: readonly string[];
  readonly allowOptional: boolean;
}

/** Takes one line of output. */
export type LineWriter = (line: string) => void;

const CHECK_HELP = `
Exit code: 0 when every stored event is still read and the lock file is up to date, else 1 with one line per finding.`;

const WRITE_HELP = `
Locked shapes are never changed without an option. Exit code: 0 when the lock file is up to date, 1 when it was refused.`;

/**
 * `schemas write` and `schemas check` for a commander program. A refused check sets `process.exitCode` to 1.
 * @param print Default: a line on standard output.
 */
export function schemasCommand(print: LineWriter = (line) => process.stdout.write(`${line}\n`)): Command {
  const command = new Command('schemas').description('the lock file of the event schemas');
  common(command.command('check'))
    .description('compares the event classes with the lock file; for CI')
    .addHelpText('after', CHECK_HELP)
    .action((options: SchemaArguments) => reported(() => check(options, print), print));
  common(command.command('write'))
    .description('locks new events, versions, aliases and aggregates')
    .option('--retire <event>', 'give up an event that is no longer in the code', collect, [])
    .option('--retire-aggregate <aggregate>', 'give up an aggregate that is no longer in the code', collect, [])
    .option('--relock <event>', 'change the current version of an event that was never stored', collect, [])
    .option('--allow-optional', 'accept optional fields that were added to a locked version', false)
    .addHelpText('after', WRITE_HELP)
    .action((options: WriteArguments) => reported(() => write(options, print), print));
  return command;
}

function common(command: Command): Command {
  return command
    .option('-p, --project <file>', 'the tsconfig.json of the application', 'tsconfig.json')
    .option('-l, --lock <file>', 'the lock file', 'event-schemas.json');
}

async function check({ project, lock }: SchemaArguments, print: LineWriter): Promise<void> {
  const { checkEventSchemas, formatFindings, readSchemaLock } = await schemas();
  const current = await read({ tsconfig: project });
  const findings = checkEventSchemas(readSchemaLock(lock), current);
  if (findings.length > 0) refuse(formatFindings(findings), print);
  else print(`${lock}: ${count(current)} as locked`);
}

async function write(options: WriteArguments, print: LineWriter): Promise<void> {
  const { formatFindings, writeEventSchemas } = await schemas();
  const { project, lock, retire, retireAggregate: retireAggregates, relock, allowOptional } = options;
  const current = await read({ tsconfig: project });
  const { written, refusals } = writeEventSchemas(current, { lock, retire, retireAggregates, relock, allowOptional });
  if (refusals.length > 0) refuse(`${formatFindings(refusals)}\n${lock} was not written.`, print);
  else print(written ? `${lock}: ${count(current)} locked; commit it` : `${lock}: nothing to write`);
}

async function read(options: ReadEventSchemasOptions): Promise<EventSources> {
  const { readEventSchemas } = await schemas();
  return readEventSchemas(options);
}

/** Loaded on use: the compiler is large, and not everybody who uses other commands has it. */
async function schemas(): Promise<typeof import('../schemas/index.js')> {
  try {
    return await import('../schemas/index.js');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new InvalidArgumentError('schemas', 'install the package `typescript`, 5.5 to 6.x.', cause);
  }
}

async function reported(run: () => Promise<void>, print: LineWriter): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!isEventStoreError(error)) throw error;
    refuse(error.message, print);
  }
}

function refuse(text: string, print: LineWriter): void {
  print(text);
  process.exitCode = 1;
}

function count({ events }: EventSources): string {
  const { length } = Object.keys(events);
  return `${length} ${length === 1 ? 'event' : 'events'}`;
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
