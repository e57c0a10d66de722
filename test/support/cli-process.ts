import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transpileFolder } from './transpile-folder.mjs';

const LIBRARY = fileURLToPath(new URL('../../libs/dynamo-event-store/', import.meta.url));
/** Below node_modules, so that installed packages are found from there. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/cli/', import.meta.url));

export interface CliBuild {
  /** The library as it is, for modules that the command line loads. */
  readonly folder: string;
  readonly program: string;
  readonly remove: () => Promise<void>;
}

/** The command line as it is in the sources. @param parent Folder that decides which packages are found. */
export async function buildCli(parent = CACHE): Promise<CliBuild> {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'build-'));
  await transpileFolder(join(LIBRARY, 'src'), join(folder, 'dist'));
  await cp(join(LIBRARY, 'package.json'), join(folder, 'package.json'));
  return {
    folder,
    program: join(folder, 'dist/cli/main.js'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export interface CliRun {
  readonly child: ChildProcess;
  /** Resolves when the text was written to the error output. */
  readonly said: (text: string) => Promise<void>;
  readonly ended: Promise<CliResult>;
}

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function startCli(program: string, args: readonly string[]): CliRun {
  const env = { ...process.env, AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_REGION: 'local' };
  const child = spawn(process.execPath, ['--no-warnings', program, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (output.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output.stderr += data.toString()));
  const said = async (text: string): Promise<void> => {
    while (!output.stderr.includes(text)) await once(child.stderr, 'data');
  };
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    ...output,
  }));
  return { child, said, ended };
}
