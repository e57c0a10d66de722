import { parseArgs, types, type ParseArgsConfig } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
/** What the parser finds of such options. */
export type ValuesOf<O extends Options> = ReturnType<typeof parseArgs<{ args: string[]; options: O }>>['values'];

/** What one of the bench's commands takes and does. */
export interface Program<O extends Options> {
  /** What `--help` shows. */
  readonly usage: string;
  /** Besides `--help`. */
  readonly options: O;
  readonly run: (values: ValuesOf<O>) => Promise<void>;
}

/** An option has a value that cannot be meant. The message says which are. */
export class UsageError extends Error {}

/** What was read, stored or sent while measuring is wrong, so that figures would mean nothing. */
export class WrongAnswerError extends Error {
  /** @param faults Each is a line of the message. */
  constructor(...faults: readonly string[]) {
    super(faults.map((fault) => `WRONG: ${fault}`).join('\n'));
  }
}

/**
 * Runs a program. Errors that are expected are written without a stack.
 * @returns Its exit code: 1 for wrong answers, 2 for wrong options.
 * @throws Error Every error that is not expected.
 */
export async function runProgram<O extends Options>(
  { usage, options, run }: Program<O>,
  args: readonly string[] = process.argv.slice(2),
): Promise<0 | 1 | 2> {
  if (args.includes('--help')) {
    console.log(usage);
    return 0;
  }
  try {
    const { values } = parseArgs<{ args: string[]; options: O }>({ args: [...args], options });
    await run(values);
    return 0;
  } catch (error) {
    const wrongUsage = error instanceof UsageError ? error.message : messageOfParser(error);
    if (wrongUsage !== undefined) {
      console.error(`${wrongUsage} \`--help\` lists the options.`);
      return 2;
    }
    if (!(error instanceof WrongAnswerError)) throw error;
    console.error(error.message);
    return 1;
  }
}

/** Its first sentence; what follows is advice on how to pass what is not taken here. */
function messageOfParser(error: unknown): string | undefined {
  if (!types.isNativeError(error) || !('code' in error)) return undefined;
  if (!String(error.code).startsWith('ERR_PARSE_ARGS_')) return undefined;
  const [first = error.message] = error.message.split(/\.?(?:\n|\. |$)/);
  return `${first}.`;
}

/** @throws UsageError When the text is no whole number from 1. */
export function wholeNumber(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new UsageError(`${option} is ${text}, but must be a whole number from 1.`);
  return number;
}

/** The named ones of those that are known, in the order of these. @throws UsageError When one is not known. */
export function chosen<T extends string>(option: string, given: string | undefined, known: readonly T[]): readonly T[] {
  if (given === undefined) return known;
  const names = given.split(',');
  const unknown = names.filter((name) => !known.includes(name as T));
  if (unknown.length > 0)
    throw new UsageError(`${option}: there is no ${unknown.join(', ')}; there are ${known.join(', ')}.`);
  return known.filter((name) => names.includes(name));
}
