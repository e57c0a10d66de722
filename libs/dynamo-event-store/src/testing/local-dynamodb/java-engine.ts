import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { answersListTables } from './dynamodb-ping.js';
import type { DynamoDbLocalJar } from './dynamodb-local-jar.js';
import type { Engine } from './engine.js';
import type { JavaRuntime } from './java-runtime.js';
import { portTaken, startFailed } from './local-dynamodb-errors.js';
import type { LocalDynamoDbError } from './local-dynamodb-errors.js';
import { LOOPBACK } from './loopback-port.js';
import { superviseProcess } from './supervised-process.js';
import type { ProcessEnd, SupervisedProcess } from './supervised-process.js';

const POLL_INTERVAL_MS = 25;

/** DynamoDB Local keeps its tables in SQLite, outside the heap. */
const MAX_HEAP = '-Xmx1g';

export interface JavaEngineOptions extends DynamoDbLocalJar {
  readonly java: JavaRuntime;
  readonly port: number;
  /** Absolute path of an existing folder; in memory without it. */
  readonly dbPath: string | undefined;
  readonly startupTimeoutMs: number;
  readonly env: NodeJS.ProcessEnv;
  /** Receives one line when the engine ends without having been stopped. */
  readonly log: (line: string) => void;
}

/**
 * Runs Amazon's DynamoDB Local and waits until it answers a request.
 *
 * @throws LocalDynamoDbError `PORT_TAKEN`, `START_FAILED`
 */
export async function startJavaEngine(options: JavaEngineOptions): Promise<Engine> {
  const { port, log } = options;
  // Told apart from whatever else may listen on the port, and, since DynamoDB Local would else let any web page in the
  // user's browser read and write its tables, no page has this origin.
  const origin = `http://${randomUUID()}.invalid`;
  const java = superviseProcess({
    command: options.java.command,
    args: javaArguments(options, origin),
    cwd: dirname(options.jar),
    env: options.env,
  });
  let pid: number;
  try {
    pid = await java.pid.catch((error: unknown) => {
      throw startFailed(`${options.java.command} could not be run: ${(error as Error).message}.`, {
        port,
        cause: error,
      });
    });
    await untilReady(java, port, origin, options.startupTimeoutMs);
  } catch (error) {
    await java.stop();
    throw error;
  }
  java.unref();

  let stopping = false;
  const ended = java.ended.then((end) => {
    if (!stopping) log(`DynamoDB Local on port ${port} (process ${pid}) ended by itself: ${describeEnd(end)}`);
  });
  return {
    name: 'dynamodb-local',
    endpoint: `http://${LOOPBACK}:${port}`,
    pid,
    ended,
    stop() {
      stopping = true;
      return java.stop();
    },
  };
}

function javaArguments({ jar, nativeLibraries, port, dbPath }: JavaEngineOptions, origin: string): string[] {
  return [
    MAX_HEAP,
    '-XX:+UseSerialGC',
    `-Djava.library.path=${nativeLibraries}`,
    '-jar',
    jar,
    '-port',
    String(port),
    ...(dbPath === undefined ? ['-inMemory'] : ['-dbPath', dbPath]),
    '-sharedDb',
    '-disableTelemetry',
    '-cors',
    origin,
  ];
}

async function untilReady(java: SupervisedProcess, port: number, origin: string, timeoutMs: number): Promise<void> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const ended = java.ended.then((end): never => {
    throw earlyEnd(end, port);
  });
  // It rejects when nobody looks any more: the engine that was ready ends one day.
  ended.catch(() => undefined);
  while (!(await Promise.race([answersListTables(port, origin, timeout), ended]))) {
    if (timeout.aborted) {
      throw startFailed(
        `DynamoDB Local did not answer on port ${port} within ${timeoutMs} ms: raise startupTimeoutMs.`,
        { port },
      );
    }
    await Promise.race([delay(POLL_INTERVAL_MS), ended]);
  }
}

function earlyEnd(end: ProcessEnd, port: number): LocalDynamoDbError {
  if (/BindException|Address already in use|Failed to bind/.test(end.stderr))
    return portTaken(port, { stderr: end.stderr });
  const message = `DynamoDB Local ended before it answered on port ${port}: ${describeEnd(end)}`;
  return startFailed(message, { port, stderr: end.stderr });
}

/** One line: how a process ended, and the line of its standard error that says most. */
export function describeEnd({ code, signal, stderr }: ProcessEnd): string {
  const how = signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`;
  const lines = stderr.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('Picked up '));
  const reason = lines.find((line) => /exception|error|invalid/i.test(line)) ?? lines.at(-1);
  return reason === undefined ? `${how}, nothing on its standard error.` : `${how}, "${reason.trim()}".`;
}
