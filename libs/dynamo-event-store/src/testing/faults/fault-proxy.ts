import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { suffer, type Attempt } from './effects.js';
import type { DetailedFault, FaultKind, FaultRates, FaultRecord, FaultRequest } from './fault.js';
import { FaultSchedule, type FaultChoice } from './fault-schedule.js';
import { checkRates } from './fault-rates.js';
import { KeyNames } from './key-names.js';
import { answerHalf, answerOf, forward, receive, requestOf, type WireAnswer } from './wire.js';

/** Asked only for faults that look into answers. */
const UNKNOWN_KEYS = new KeyNames(() => Promise.resolve({}));

/** What cannot happen on the wire: it knows no processes, and does not look into answers. */
const NOT_ON_THE_WIRE: readonly NotOnTheWire[] = ['kill', 'staleRead', 'partialResult'];

type NotOnTheWire = 'kill' | 'staleRead' | 'partialResult';

/** A fault that can happen on the wire. */
export type WireFault = Exclude<FaultKind, NotOnTheWire> | Exclude<DetailedFault, { readonly kind: NotOnTheWire }>;

export interface FaultProxyOptions extends FaultChoice {
  readonly rates?: Omit<FaultRates, NotOnTheWire>;
  readonly plan?: (request: FaultRequest, index: number) => WireFault | undefined;
  /** Called when a fault has been chosen, before it happens. The outcome is put into the record later. */
  readonly onFault?: (record: FaultRecord, request: FaultRequest) => void;
}

export interface FaultProxy {
  /** Endpoint to give to a `DynamoDBClient`. */
  readonly url: string;
  /** Every attempt of every request, in the order in which they arrived. */
  readonly log: readonly FaultRecord[];
  /** No more faults from here on; attempts are still counted and logged. */
  stop(): void;
  /** Faults again, after `stop`. */
  resume(): void;
  /** Resolves when nothing is on its way to the database, late copies included. */
  settled(): Promise<void>;
  /** Cuts all connections, and waits for what is on its way to the database. */
  close(): Promise<void>;
}

/**
 * Puts faults on the wire between the SDK and DynamoDB, below the SDK's own retries: a proxy on the loopback interface. Each
 * attempt of the SDK is a request of its own here, and `request.attempt` tells which it is:
 *
 * ```ts
 * const proxy = await startFaultProxy(local.endpoint, {
 *   seed: 1,
 *   plan: ({ operation, attempt }) =>
 *     operation !== 'PutItem' ? undefined : attempt === 1 ? 'dropResponse' : 'throttle',
 * });
 * const client = createDynamoClient({ ...local.clientConfig, endpoint: proxy.url });
 * ```
 *
 * `dropRequest` and `dropResponse` cut the connection; with `code: 'ETIMEDOUT'` the answer never comes, so the client needs a
 * `requestTimeout`. `kill`, `staleRead` and `partialResult` do not happen here.
 *
 * @param endpoint Where DynamoDB listens; over HTTP.
 * @throws InvalidDefinitionError A rate of what cannot happen on the wire, or one outside 0 to 1.
 */
export async function startFaultProxy(endpoint: string, options: FaultProxyOptions): Promise<FaultProxy> {
  checkRates(options.rates ?? {}, NOT_ON_THE_WIRE);
  const requests = new WireRequests(new URL(endpoint), options);
  const server = createServer((incoming, outgoing) => void requests.serve(incoming, outgoing));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log: requests.log,
    stop: () => {
      requests.faultsOn = false;
    },
    resume: () => {
      requests.faultsOn = true;
    },
    settled: () => requests.settled(),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
      await requests.settled();
    },
  };
}

type OpenRecord = { -readonly [K in keyof FaultRecord]: FaultRecord[K] };

class WireRequests {
  readonly log: OpenRecord[] = [];
  faultsOn = true;
  private readonly schedule: FaultSchedule;
  private readonly underWay = new Set<Promise<unknown>>();

  constructor(
    private readonly target: URL,
    private readonly options: FaultProxyOptions,
  ) {
    this.schedule = new FaultSchedule(options, true);
  }

  async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.allSettled(this.underWay);
  }

  async serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    let record: OpenRecord | undefined;
    try {
      const body = await receive(incoming);
      const request = requestOf(incoming, body);
      const index = this.log.length;
      const fault = this.faultsOn ? this.schedule.faultOf(request, index) : undefined;
      record = this.open(request, index, fault);
      const send = (): Promise<WireAnswer> => this.tracked(forward(this.target, incoming, body));
      if (fault?.kind === 'dropResponse' && fault.halfAnswered === true) {
        record.outcome = 'failed';
        answerHalf(outgoing, await send());
        return;
      }
      const attempt = this.attempt(request, record, send);
      const answer = (await (fault === undefined ? send() : suffer(attempt, fault))) as WireAnswer;
      record.outcome = answer.status < 400 ? 'answered' : 'failed';
      outgoing.writeHead(answer.status, answer.headers).end(answer.body);
    } catch (error) {
      if (record !== undefined) Object.assign(record, { outcome: 'failed', error: (error as Error).name });
      const answer = answerOf(error);
      if (answer === 'cut') incoming.socket.destroy();
      else if (answer !== 'none') outgoing.writeHead(answer.status, answer.headers).end(answer.body);
    }
  }

  private open(request: FaultRequest, index: number, fault: DetailedFault | undefined): OpenRecord {
    const { operation } = request;
    const record: OpenRecord = {
      index,
      operation,
      ...(fault === undefined ? {} : { fault }),
      outcome: 'pending',
    };
    this.log.push(record);
    if (fault !== undefined) this.options.onFault?.(record, request);
    return record;
  }

  private attempt(request: FaultRequest, record: OpenRecord, send: () => Promise<WireAnswer>): Attempt {
    const pause = async (ms: number): Promise<void> => {
      await delay(ms);
    };
    return {
      index: record.index,
      request,
      // What goes out is always what came in, byte for byte.
      command: { input: request.input },
      random: () => this.schedule.randomOf(record.index, 'batch'),
      keys: UNKNOWN_KEYS,
      send,
      sendCopy: (_, afterMs) => {
        this.tracked(pause(afterMs).then(send)).catch(() => undefined);
      },
      pause,
      formerAnswer: () => undefined,
      killProcess: () => undefined,
      noteWithoutEffect: () => {
        record.withoutEffect = true;
      },
    };
  }

  private tracked<T>(sending: Promise<T>): Promise<T> {
    this.underWay.add(sending);
    const end = (): void => {
      this.underWay.delete(sending);
    };
    sending.then(end, end);
    return sending;
  }
}
