import { fork, type ChildProcess } from 'node:child_process';
import { READY, type Answer, type DepositCommand, type WorkerConfig } from './program/messages.js';

/** The worker was killed while it had the command: whether the deposit was made is unknown. */
export class WorkerKilledError extends Error {
  override readonly name = 'WorkerKilledError';
}

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** One child process that deposits into accounts, any number of commands at once. */
export class WorkerProcess {
  /** Settles when the program takes commands, or has ended before that. */
  readonly ready: Promise<this>;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #closed: Promise<Error>;
  readonly #inFlight = new Map<string, Waiting>();
  #killed = false;
  #stderr = '';

  constructor(program: string, config: WorkerConfig) {
    const env = { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1' };
    // The options of this process are not for the child: Jest's could change how modules load there.
    this.#child = fork(program, [JSON.stringify(config)], {
      env,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.pid = this.#child.pid ?? 0;
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.#closed = new Promise((resolve) => {
      this.#child.on('error', resolve);
      // Comes after the last message that the process has sent.
      this.#child.on('close', (code, signal) => {
        resolve(this.#endOf(code ?? signal));
      });
    });
    this.ready = new Promise((resolve, reject) => {
      this.#child.on('message', (message) => {
        if (message === READY) resolve(this);
        else if (!this.#killed) this.#settle(message as Answer);
      });
      void this.#closed.then(reject);
    });
    // A worker may be killed while nobody waits for it to become ready.
    this.ready.catch(() => undefined);
    void this.#closed.then((error) => {
      for (const { reject } of this.#inFlight.values()) reject(error);
      this.#inFlight.clear();
    });
  }

  /** Whether it has commands that it has not answered. */
  get busy(): boolean {
    return this.#inFlight.size > 0;
  }

  /**
   * Hands it a command and waits for the answer.
   * @throws WorkerKilledError It was killed before it answered.
   */
  async run(command: DepositCommand): Promise<Answer> {
    await this.ready;
    if (!this.#child.connected) throw await this.#closed;
    return new Promise((resolve, reject) => {
      this.#inFlight.set(command.id, { resolve, reject });
      // A message that cannot be sent means an end, of which `close` tells.
      this.#child.send(command, () => undefined);
    });
  }

  /** Kills it in the middle of its work. What it has sent and is still on the way does not arrive. */
  kill(): void {
    this.#killed = true;
    this.#child.kill('SIGKILL');
  }

  /** Ends it for good; commands that it still has fail, but not as if they could be sent again. */
  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  #settle(answer: Answer): void {
    this.#inFlight.get(answer.commandId)?.resolve(answer);
    this.#inFlight.delete(answer.commandId);
  }

  #endOf(how: number | NodeJS.Signals | null): Error {
    if (this.#killed) return new WorkerKilledError(`worker ${this.pid} was killed`);
    return new Error(`worker ${this.pid} ended with ${how}: ${this.#stderr}`);
  }
}
