import type { WorkerConfig } from './program/messages.js';
import { WorkerProcess } from './worker-process.js';

/** A fixed number of worker processes; in the place of one that is killed a new one is started. */
export class Crew {
  readonly #program: string;
  readonly #config: WorkerConfig;
  readonly #places: WorkerProcess[];
  readonly #started: WorkerProcess[] = [];

  constructor(program: string, config: WorkerConfig, size: number) {
    this.#program = program;
    this.#config = config;
    this.#places = Array.from({ length: size }, () => this.#start());
  }

  /** The workers of now, by place. */
  get workers(): readonly WorkerProcess[] {
    return this.#places;
  }

  /** Kills a worker and starts another in its place. */
  replace(worker: WorkerProcess): void {
    const place = this.#places.indexOf(worker);
    if (place < 0) throw new Error(`worker ${worker.pid} has been replaced already`);
    worker.kill();
    this.#places[place] = this.#start();
  }

  /** Resolves when every process that it has ever started is gone. */
  async stop(): Promise<void> {
    await Promise.all(this.#started.map((worker) => worker.end()));
  }

  #start(): WorkerProcess {
    const worker = new WorkerProcess(this.#program, this.#config);
    this.#started.push(worker);
    return worker;
  }
}
