import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientWith, sendOf } from './client-seam.js';

/** What `SimulatedProcess.run` resolves with when the process died first. */
export const KILLED: unique symbol = Symbol('KILLED');

/** Gives each process a client that knows it; a `FaultyClient` is one. */
export interface ProcessClients {
  clientOf(process: SimulatedProcess): DynamoDBClient;
}

/**
 * A part of the test that can die as a process does: from then on nothing of it is sent, and no answer reaches it. Its
 * promises stay pending for ever. A successor is another instance on the same source.
 *
 * What the process does without its client goes on after its death; put such steps through `step`.
 */
export class SimulatedProcess {
  /** For the stores and handlers of this process. */
  readonly client: DynamoDBClient;
  private dead = false;
  private readonly death: Promise<typeof KILLED>;
  private die: () => void = () => undefined;

  /**
   * @param source A `FaultyClient`, whose `kill` faults then end the process that made the request; or any client, to
   * end the process by `kill` only.
   * @param name For the log of faults.
   */
  constructor(
    source: DynamoDBClient | ProcessClients,
    readonly name?: string,
  ) {
    this.death = new Promise((resolve) => {
      this.die = () => {
        resolve(KILLED);
      };
    });
    this.client = 'clientOf' in source ? source.clientOf(this) : this.connect(source);
  }

  get killed(): boolean {
    return this.dead;
  }

  /** Ends the process now. Requests that are on their way may still be carried out. */
  kill(): void {
    this.dead = true;
    this.die();
  }

  /**
   * Does the work unless the process is dead, or dies first: then it resolves with `KILLED` at that moment. May be called
   * more than once, also at the same time.
   */
  async run<T>(work: () => Promise<T>): Promise<T | typeof KILLED> {
    return Promise.race([this.step(work), this.death]);
  }

  /**
   * One await point of the process, such as a call to another service: not begun when the process is dead, and never
   * settled when it dies meanwhile.
   */
  async step<T>(work: () => Promise<T>): Promise<T> {
    const isAlive = (): boolean => !this.dead;
    try {
      if (isAlive()) {
        const value = await work();
        if (isAlive()) return value;
      }
    } catch (error) {
      if (isAlive()) throw error;
    }
    return new Promise<never>(() => undefined);
  }

  private connect(client: DynamoDBClient): DynamoDBClient {
    const send = sendOf(client);
    return clientWith(client, (command, options) => this.step(() => send(command, options)));
  }
}
