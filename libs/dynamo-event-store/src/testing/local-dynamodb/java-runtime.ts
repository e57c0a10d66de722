import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { javaMissing, javaTooOld, MINIMUM_JAVA } from './local-dynamodb-errors.js';

const run = promisify(execFile);

/** A cold JVM on a busy machine; a hanging `java` stub must not hang the caller for ever. */
const VERSION_TIMEOUT_MS = 20_000;

export interface JavaVersion {
  /** As Java prints it, for example `17.0.15` or `1.8.0_392`. */
  readonly text: string;
  /** The feature release: 17, or 8 for `1.8`. */
  readonly major: number;
}

export interface JavaRuntime {
  /** Absolute path from `JAVA_HOME`, or `java` when it comes from `PATH`. */
  readonly command: string;
  readonly version: JavaVersion;
}

/** Reads the version out of what `java -version` prints; `undefined` when there is none in it. */
export function parseJavaVersion(output: string): JavaVersion | undefined {
  const text = /version "([^"]+)"/.exec(output)?.[1];
  if (text === undefined) return undefined;
  const numbers = /^(?:1\.)?(\d+)/.exec(text);
  if (numbers?.[1] === undefined) return undefined;
  return { text, major: Number(numbers[1]) };
}

/**
 * The Java of `JAVA_HOME`, else of `PATH`. A `JAVA_HOME` that leads nowhere is an error and not skipped: whoever set it
 * would otherwise wonder why another Java runs.
 *
 * @throws LocalDynamoDbError `JAVA_MISSING`, `JAVA_TOO_OLD`
 */
export async function findJava(env: NodeJS.ProcessEnv): Promise<JavaRuntime> {
  const { command, searched } = locateJava(env);
  let output: string;
  try {
    const { stdout, stderr } = await run(command, ['-version'], {
      env,
      timeout: VERSION_TIMEOUT_MS,
      windowsHide: true,
    });
    output = stderr + stdout;
  } catch (error) {
    throw javaMissing(searched, error);
  }
  const version = parseJavaVersion(output);
  if (version === undefined) throw javaMissing(`${searched}: "${command} -version" tells no version`);
  if (version.major < MINIMUM_JAVA) throw javaTooOld(command, version.text);
  return { command, version };
}

function locateJava(env: NodeJS.ProcessEnv): { command: string; searched: string } {
  const home = env['JAVA_HOME'];
  if (!home) return { command: 'java', searched: 'on PATH (JAVA_HOME is not set)' };
  const command = join(home, 'bin', process.platform === 'win32' ? 'java.exe' : 'java');
  const searched = `at ${command} (JAVA_HOME is ${home})`;
  if (!existsSync(command)) throw javaMissing(searched);
  return { command, searched };
}
