import 'reflect-metadata';
import { Command, CommanderError } from 'commander';
import { exportCommand } from './export-command.js';
import { importCommand } from './import-command.js';
import { migrateCommand } from './migrate-command.js';
import { schemasCommand } from './schemas-command.js';

const HELP = `
Exit code: 0 when all was done, 1 when something failed or was refused, 2 for wrong usage.`;

const USAGE_EXIT = 2;

function createProgram(): Command {
  const program = new Command('dynamo-event-store').description('Works on the tables of nestjs-dynamo-event-store.');
  program.addCommand(exportCommand());
  program.addCommand(importCommand());
  program.addCommand(migrateCommand());
  program.addCommand(schemasCommand());
  return throwing(program.addHelpText('after', HELP));
}

/** Runs the command line. @returns The exit code. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(argv);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_EXIT;
    process.stderr.write(`dynamo-event-store: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

/** Commander would end the process by itself, with an exit code of its own. */
function throwing(command: Command): Command {
  command.commands.forEach(throwing);
  return command.exitOverride();
}
