import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

/** How a supervised process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last 16 KB it wrote to its standard error. */
  readonly stderr: string;
}

export interface SupervisedProcess {
  /** Settles when the process runs; rejects when the system could not start it. */
  readonly pid: Promise<number>;
  /** Settles when the process and its supervisor have ended; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** From now on the process does not keep this one alive. */
  unref(): void;
  /** Ends the process and waits until it is gone. */
  stop(): Promise<void>;
}

export interface SupervisedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

type SupervisorMessage =
  { type: 'spawned'; pid: number } | { type: 'failed'; reason: string } | ({ type: 'ended' } & ProcessEnd);

/**
 * Runs as `node -e`, so that it needs no file of its own and works the same from sources and from a build. It sees the end
 * of its parent as the end of the IPC channel, which the system closes however the parent dies, SIGKILL included.
 */
const SUPERVISOR = `'use strict';
const { spawn } = require('node:child_process');
const [command, ...args] = process.argv.slice(1);
const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], windowsHide: true });
let stderr = '';
child.stderr.setEncoding('utf8').on('data', (text) => { stderr = (stderr + text).slice(-16384); });
const end = () => {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), 3000).unref();
};
const tell = (message, then = () => {}) => {
  if (process.connected) process.send(message, then); else then();
};
const leave = () => process.exit(0);
process.on('disconnect', end);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, end);
child.on('spawn', () => tell({ type: 'spawned', pid: child.pid }));
child.on('error', (error) => { if (child.pid === undefined) tell({ type: 'failed', reason: error.message }, leave); });
child.on('close', (code, signal) => { if (child.pid !== undefined) tell({ type: 'ended', code, signal, stderr }, leave); });
if (!process.connected) end();
`;

/**
 * Starts a command that ends when this process ends, in whatever way, without a handler in this process. The command
 * does not hear the terminal's Ctrl-C: this process does, and may need the engine until its own shutdown is done.
 */
export function superviseProcess({ command, args, cwd, env }: SupervisedCommand): SupervisedProcess {
  const supervisor = spawn(process.execPath, ['--input-type=commonjs', '-e', SUPERVISOR, '--', command, ...args], {
    cwd,
    // What preloads code into this process (loaders, inspectors) has no business in the supervisor.
    env: { ...env, NODE_OPTIONS: undefined },
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const { pid, ended } = follow(supervisor);
  return {
    pid,
    ended,
    unref() {
      supervisor.unref();
      supervisor.channel?.unref();
    },
    async stop() {
      supervisor.ref();
      if (supervisor.connected) supervisor.disconnect();
      await ended;
    },
  };
}

function follow(supervisor: ChildProcess): { pid: Promise<number>; ended: Promise<ProcessEnd> } {
  let lastWord: ProcessEnd | undefined;
  const ended = new Promise<ProcessEnd>((resolve) => {
    supervisor.once('error', () => {
      resolve({ code: null, signal: null, stderr: '' });
    });
    // The exit alone can be seen before the last message has been read; the channel closes after it.
    const closed = new Promise((close) => supervisor.once('disconnect', close));
    supervisor.once('exit', (code, signal) => {
      void closed.then(() => {
        resolve(lastWord ?? { code, signal, stderr: '' });
      });
    });
  });
  const pid = new Promise<number>((resolve, reject) => {
    supervisor.on('message', (message: SupervisorMessage) => {
      if (message.type === 'spawned') resolve(message.pid);
      else if (message.type === 'failed') reject(new Error(message.reason));
      else lastWord = message;
    });
    supervisor.once('error', reject);
    void ended.then(() => {
      reject(new Error('its supervisor ended before it ran'));
    });
  });
  return { pid, ended };
}
