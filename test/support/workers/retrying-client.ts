import { randomInt } from 'node:crypto';
import type { Crew } from './crew.js';
import type { Answer, DepositCommand, Refusal } from './program/messages.js';
import { WorkerKilledError, type WorkerProcess } from './worker-process.js';

export interface RetryingClientOptions {
  readonly commands: readonly DepositCommand[];
  /** Commands that each worker has at once. */
  readonly lanes: number;
  /** Answers from one kill to the next. */
  readonly killEvery: number;
}

/** A command that was with a worker when it was killed. */
export interface Interruption {
  readonly commandId: string;
  readonly pid: number;
  /** Whether the command was executed, and only its answer held back. */
  readonly executed: boolean;
}

/**
 * Hands commands to a crew, kills workers as it goes, and sends what they had once more, as the client of a service does
 * when it gets no answer.
 */
export class RetryingClient {
  /** Versions by command. */
  readonly answered = new Map<string, number>();
  /** Answers other than a version, and second answers. */
  readonly faults: string[] = [];
  readonly refusals: Refusal[] = [];
  readonly interruptions: Interruption[] = [];
  requests = 0;
  kills = 0;
  readonly #crew: Crew;
  readonly #options: RetryingClientOptions;
  readonly #queue: DepositCommand[];
  #withholdNext = false;

  constructor(crew: Crew, options: RetryingClientOptions) {
    this.#crew = crew;
    this.#options = options;
    this.#queue = [...options.commands];
  }

  /** Resolves when every command has been answered. */
  async run(): Promise<void> {
    const places = this.#crew.workers.flatMap((_, place) => Array<number>(this.#options.lanes).fill(place));
    await Promise.all(places.map((place) => this.#lane(place)));
  }

  async #lane(place: number): Promise<void> {
    for (;;) {
      // Before it takes a command: one that was interrupted goes to a worker that runs, not to one that is being started.
      const worker = await this.#crew.workers[place]!.ready;
      const command = this.#queue.shift();
      if (command === undefined) return;
      await this.#send(command, worker);
    }
  }

  async #send(command: DepositCommand, worker: WorkerProcess): Promise<void> {
    const withholdVersion = this.#withholdNext;
    this.#withholdNext = false;
    try {
      this.#take(await worker.run({ ...command, withholdVersion }), command, worker);
    } catch (error) {
      if (!(error instanceof WorkerKilledError)) throw error;
      this.#withholdNext ||= withholdVersion;
      this.#sendAgain(command, { commandId: command.id, pid: worker.pid, executed: false });
    }
  }

  #take({ outcome, activity }: Answer, command: DepositCommand, worker: WorkerProcess): void {
    this.requests += activity.requests;
    this.refusals.push(...activity.refusals);
    if (outcome.kind === 'failed') this.faults.push(`${command.id}: ${outcome.error}`);
    else if (outcome.kind === 'done') this.#accept(command, outcome.version);
    else {
      this.#kill(worker);
      this.#sendAgain(command, { commandId: command.id, pid: worker.pid, executed: true });
    }
  }

  #accept({ id }: DepositCommand, version: number): void {
    if (this.answered.has(id)) this.faults.push(`${id}: answered twice`);
    this.answered.set(id, version);
    const { size } = this.answered;
    const { commands, killEvery } = this.#options;
    if (size % killEvery === 0 && size < commands.length) this.#interrupt(size / killEvery);
  }

  /** By turns between the commit of a command and its answer, and wherever a worker happens to be. */
  #interrupt(turn: number): void {
    if (turn % 2 === 1) this.#withholdNext = true;
    else {
      const busy = this.#crew.workers.filter((worker) => worker.busy);
      this.#kill(busy[randomInt(busy.length)]!);
    }
  }

  #kill(worker: WorkerProcess): void {
    this.kills += 1;
    this.#crew.replace(worker);
  }

  #sendAgain(command: DepositCommand, interruption: Interruption): void {
    this.interruptions.push(interruption);
    this.#queue.unshift(command);
  }
}
