import { deepCopy } from '../simulation/values/attribute-value.js';
import { operationOf, withInput, type Command, type Send, type SendOptions } from './client-seam.js';
import { suffer, type Attempt } from './effects.js';
import type { DetailedFault, FaultRecord, FaultRequest } from './fault.js';
import { aborted } from './fault-errors.js';
import { FORMER_ANSWERS, type FaultSchedule } from './fault-schedule.js';
import { FormerAnswers } from './former-answers.js';
import type { KeyNames } from './key-names.js';
import { isRead } from './request-kind.js';
import type { SimulatedProcess } from './simulated-process.js';

export interface FaultSurroundings {
  /** Sends to the database itself. */
  readonly send: Send;
  readonly schedule: FaultSchedule;
  readonly keys: KeyNames;
  readonly pause: (ms: number) => Promise<void>;
  readonly onFault: (record: FaultRecord, request: FaultRequest) => void;
}

type OpenRecord = { -readonly [K in keyof FaultRecord]: FaultRecord[K] };

/** Numbers the requests of all processes, lets faults befall them, and writes down what became of each. */
export class FaultyRequests {
  readonly log: FaultRecord[] = [];
  faultsOn = true;
  private readonly formerAnswers = new FormerAnswers(FORMER_ANSWERS);
  private readonly underWay = new Set<Promise<void>>();

  constructor(private readonly surroundings: FaultSurroundings) {}

  // Up to the first await nothing may be waited for: the order of calls is the order of the log.
  async send(process: SimulatedProcess, original: Command, options?: SendOptions): Promise<unknown> {
    // The caller may change its input afterwards, while a fault keeps the request waiting.
    const command = withInput(original, deepCopy(original.input));
    const request = requestOf(process, command);
    const index = this.log.length;
    const fault = this.faultsOn ? this.surroundings.schedule.faultOf(request, index) : undefined;
    const record = this.open(request, index, fault);
    try {
      const attempt = this.attempt(process, command, options, request, record);
      const answer = await (fault === undefined ? attempt.send(command) : suffer(attempt, fault));
      record.outcome = process.killed ? 'killed' : 'answered';
      return answer;
    } catch (error) {
      record.outcome = process.killed ? 'killed' : 'failed';
      if (!process.killed) record.error = (error as Error).name;
      throw error;
    }
  }

  /** Resolves when no request is on its way, be it a copy or one whose process is dead by now. */
  async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private tracked<T>(sending: Promise<T>): Promise<T> {
    const ended: Promise<void> = sending
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => this.underWay.delete(ended));
    this.underWay.add(ended);
    return sending;
  }

  private open(request: FaultRequest, index: number, fault: DetailedFault | undefined): OpenRecord {
    const { operation, process } = request;
    const record: OpenRecord = {
      index,
      operation,
      ...(process === undefined ? {} : { process }),
      ...(fault === undefined ? {} : { fault }),
      outcome: 'pending',
    };
    this.log.push(record);
    if (fault !== undefined) this.surroundings.onFault(record, request);
    return record;
  }

  private attempt(
    process: SimulatedProcess,
    command: Command,
    options: SendOptions | undefined,
    request: FaultRequest,
    record: OpenRecord,
  ): Attempt {
    const { send, schedule, keys, pause } = this.surroundings;
    const { index } = record;
    return {
      index,
      request,
      command,
      random: () => schedule.randomOf(index, 'batch'),
      keys,
      send: async (sent) => {
        if (process.killed) throw new Error('The process that made this request is dead.');
        const answer = await this.tracked(send(sent, options));
        // A batch of which a part is left out is another read than the one asked for.
        if (sent === command && isRead(request) && schedule.mayReadStale) this.formerAnswers.remember(request, answer);
        return answer;
      },
      sendCopy: (sent, afterMs) => {
        this.sendCopy(sent, afterMs);
      },
      pause: (ms) => unlessAborted(pause(ms), options?.abortSignal),
      formerAnswer: (age) => this.formerAnswers.recall(request, age),
      killProcess: () => {
        process.kill();
      },
      noteWithoutEffect: () => {
        record.withoutEffect = true;
      },
    };
  }

  private sendCopy(command: Command, afterMs: number): void {
    const { pause, send } = this.surroundings;
    this.tracked(pause(afterMs).then(() => send(command))).catch(() => undefined);
  }
}

function requestOf({ name }: SimulatedProcess, command: Command): FaultRequest {
  return {
    operation: operationOf(command),
    input: command.input as Readonly<Record<string, unknown>>,
    ...(name === undefined ? {} : { process: name }),
  };
}

async function unlessAborted(pause: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return pause;
  if (signal.aborted) throw aborted();
  let onAbort: (() => void) | undefined;
  const abort = new Promise<never>((_, reject) => {
    onAbort = () => {
      reject(aborted());
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await Promise.race([pause, abort]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}
