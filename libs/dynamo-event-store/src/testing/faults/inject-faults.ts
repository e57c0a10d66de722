import { setTimeout as delay } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientWith, sendOf } from './client-seam.js';
import type { FaultRecord, FaultRequest } from './fault.js';
import { checkRates } from './fault-rates.js';
import { FaultSchedule, type FaultChoice } from './fault-schedule.js';
import { FaultyRequests } from './faulty-requests.js';
import { KeyNames, type KeysOf } from './key-names.js';
import { SimulatedProcess, type ProcessClients } from './simulated-process.js';

export interface FaultOptions extends FaultChoice {
  /** Waits so many ms, for `delay` and `duplicate`. Default: the system's timer. With virtual time, its `pause`. */
  readonly pause?: (ms: number) => Promise<void>;
  /** Called when a fault has been chosen, before it happens. The outcome is put into the record later. */
  readonly onFault?: (record: FaultRecord, request: FaultRequest) => void;
  /**
   * Names of the key attributes of tables and indexes, for `partialResult`. Default: those of the event table; for other
   * tables the database is asked, by a `DescribeTable` that is neither logged nor subject to faults.
   */
  readonly keysOf?: KeysOf;
}

export interface FaultyClient extends ProcessClients {
  /**
   * The client to give to stores and handlers. After a `kill` fault on it none of its requests ever settles: where
   * processes are to be killed, give each the client of a `SimulatedProcess` made from this `FaultyClient`.
   */
  readonly client: DynamoDBClient;
  /** Every request, of all processes, in the order in which they were made. */
  readonly log: readonly FaultRecord[];
  /** No more faults from here on; requests are still counted and logged. */
  stop(): void;
  /** Faults again, after `stop`. */
  resume(): void;
  /** Resolves when no request is on its way: neither a late copy, see `duplicate`, nor one of a process that is dead. */
  settled(): Promise<void>;
}

/**
 * Puts faults between a client and those who use it, above the SDK's own retries: what the caller gets is what is left
 * when these have failed. Anything with `send(command)` will do for a client; in the promise form only. At most one fault
 * befalls a request.
 *
 * The same seed and the same sequence of requests give the same faults; where requests are made at the same time, their
 * sequence is the caller's to settle. To find which faults matter in a run that failed, run it again with the same seed
 * and some of them left out, by `only` or `without`.
 *
 * A `DynamoDBDocumentClient` made from the client goes around it, for it does not use its `send`.
 *
 * @throws InvalidDefinitionError Lists every rate and time at fault.
 */
export function injectFaults(client: DynamoDBClient, options: FaultOptions): FaultyClient {
  const { rates = {}, pause = wait, onFault = () => undefined, keysOf } = options;
  checkRates(rates);
  const send = sendOf(client);
  const schedule = new FaultSchedule(options);
  const requests = new FaultyRequests({ send, schedule, keys: new KeyNames(send, keysOf), pause, onFault });
  const clients: ProcessClients = {
    clientOf: (process) =>
      clientWith(client, (command, sendOptions) => process.step(() => requests.send(process, command, sendOptions))),
  };
  return {
    ...clients,
    client: new SimulatedProcess(clients).client,
    log: requests.log,
    stop: () => {
      requests.faultsOn = false;
    },
    resume: () => {
      requests.faultsOn = true;
    },
    settled: () => requests.settled(),
  };
}

async function wait(ms: number): Promise<void> {
  await delay(ms);
}
