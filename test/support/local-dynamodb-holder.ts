import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LocalDynamoDbOptions } from 'nestjs-dynamo-event-store/testing';

const SCRIPT = fileURLToPath(new URL('./start-local-dynamodb.mjs', import.meta.url));

/** What a holder reports of its attempt to start an engine. */
export interface HolderReport {
  readonly engine: string;
  readonly endpoint: string;
  /** DynamoDB Local and its supervisor. */
  readonly pids: number[];
  readonly notices: string[];
  readonly error?: { name: string; code: string; message: string };
}

export interface Holder {
  readonly process: ChildProcess;
  readonly report: HolderReport;
  /** Exit code and signal. */
  readonly exited: Promise<[number | null, NodeJS.Signals | null]>;
}

export interface HolderOptions {
  /** The transpiled module of `startLocalDynamoDb()`. */
  readonly entry: string;
  readonly options?: Omit<LocalDynamoDbOptions, 'log'>;
  readonly then: 'stay' | 'leave';
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts an engine in a process of its own and waits for what that process says of it. */
export async function startHolder({ entry, options = {}, then, env = {} }: HolderOptions): Promise<Holder> {
  const child = spawn(process.execPath, [SCRIPT, entry, JSON.stringify(options), then], {
    env: { ...process.env, DYNAMODB_ENDPOINT: undefined, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit') as Holder['exited'];
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([
    once(lines, 'line').then(([text]) => text as string),
    exited.then(([code]) => {
      throw new Error(`the holder ended with exit code ${code} and reported nothing`);
    }),
  ]);
  return { process: child, report: JSON.parse(line) as HolderReport, exited };
}

/** Whether a process runs; one that has ended but that nobody has waited for does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
