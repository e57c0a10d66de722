import { randomUUID } from 'node:crypto';
import { InvalidArgumentError } from '../../errors/argument-errors.js';
import { AggregateNotFoundError } from '../../errors/store-errors.js';
import type { StreamId } from '../../event/stream-id.js';
import type { HistoryRecord, ReadRecord, SeenEvent, WriteOutcome, WriteRecord, WriteTarget } from './history-record.js';
import { outcomeOfAnswer, outcomeOfError, type WriteAnswer } from './write-outcome.js';

export interface HistoryRecorderOptions {
  /**
   * Instant of each start and end; must never go back. Recorders whose records are checked together need one clock: for
   * the processes of one machine `() => Number(process.hrtime.bigint())`. Default: a counter that goes up with each call,
   * so that the order is exact.
   */
  readonly now?: (() => number) | undefined;
  /** Part of every operation id, so that those of several recorders differ. Default: random. */
  readonly run?: string | undefined;
  /**
   * What an error of the recorded calls means, where this library cannot know; `undefined` leaves it to the default:
   * its own errors are told apart, and after any other one the outcome is unknown.
   */
  readonly classify?: ((error: unknown) => WriteOutcome | undefined) | undefined;
}

export interface RecordedWriteOptions {
  /** Shared by the attempts of one logical write, such as an idempotency key. Default: the write stands alone. */
  readonly key?: string | undefined;
}

export interface RecordedReadOptions {
  /** Default `strong`. */
  readonly consistency?: 'strong' | 'eventual' | undefined;
  /** First version asked for. Default 1. */
  readonly from?: number | undefined;
  /** Whether the read went on to the end of the stream. Default true. */
  readonly toEnd?: boolean | undefined;
}

/**
 * What a recorded read may answer: events, lowest version first; anything with a `version`, such as a head or a loaded
 * aggregate; a bare version; nothing when there is no such stream.
 */
export type ReadAnswer = readonly SeenEvent[] | { readonly version: number } | number | undefined;

/** Notes what a read has seen, when it ends. */
export type EndOfRead = (seen: Pick<ReadRecord, 'from' | 'events' | 'toEnd' | 'version' | 'source' | 'error'>) => void;

/**
 * Notes down operations as their callers see them, for `checkHistory`:
 *
 * ```ts
 * const head = await recorder.write('worker-1', stream, (operationId) =>
 *   repository.update(Order, id, (order) => order.ship(), { metadata: { operationId } }),
 * );
 * const order = await recorder.read('worker-2', stream, () => repository.load(Order, id));
 * ```
 *
 * The operation id must get into the metadata of what is stored; `recordStore` does all this for a whole store. A write
 * that turns out to have nothing to store answers `{ kind: 'nothing' }`, since it cannot be found there. Calls that tell
 * of refusals by other means than errors of this library, such as HTTP requests, answer with their outcome:
 *
 * ```ts
 * await recorder.write('client-1', { stream, expected: 3 }, async (operationId) => {
 *   const response = await ship(orderId, { 'if-match': '"3"', 'x-operation-id': operationId });
 *   if (response.status === 412) return { kind: 'refused', conflicts: [{ stream, expected: 3 }] };
 *   return response.ok ? response.body.version : { kind: 'unknown' };
 * });
 * ```
 */
export class HistoryRecorder {
  private readonly entries: HistoryRecord[] = [];
  /** Place in `entries` of each write that is under way. */
  private readonly pending = new Map<string, number>();
  private readonly now: () => number;
  private readonly run: string;
  private ids = 0;

  constructor(private readonly options: HistoryRecorderOptions = {}) {
    let instant = 0;
    this.now = options.now ?? (() => (instant += 1));
    this.run = options.run ?? randomUUID().slice(0, 8);
  }

  /** Everything so far. Writes under way count as unknown. */
  get records(): readonly HistoryRecord[] {
    return [...this.entries];
  }

  /**
   * Runs a write and notes how it ended; answer and error are handed on as they are.
   * @param targets The streams it writes to; bare, or with what is known of the write.
   * @throws InvalidArgumentError The answer has no version. The write counts as unknown.
   */
  async write<T extends WriteAnswer>(
    process: string,
    targets: StreamId | WriteTarget | readonly (StreamId | WriteTarget)[],
    run: (operationId: string) => Promise<T>,
    { key }: RecordedWriteOptions = {},
  ): Promise<T> {
    const record = this.begin(process, targetsOf(targets), key);
    let answer: T;
    try {
      answer = await run(record.id);
    } catch (error) {
      this.settle(record, this.options.classify?.(error) ?? outcomeOfError(error));
      throw error;
    }
    this.settle(record, outcomeOfAnswer(answer, record.targets));
    return answer;
  }

  /** Runs a read and notes what it saw; answer and error are handed on as they are. */
  async read<T extends ReadAnswer>(
    process: string,
    stream: StreamId,
    run: () => Promise<T>,
    options: RecordedReadOptions = {},
  ): Promise<T> {
    const { consistency = 'strong', from = 1, toEnd = true } = options;
    const end = this.beginRead(process, stream, consistency);
    try {
      const answer = await run();
      end({ from, toEnd, ...seenIn(answer) });
      return answer;
    } catch (error) {
      if (error instanceof AggregateNotFoundError) end({ from, events: [], toEnd, version: 0, source: 'state' });
      else end({ from, events: [], toEnd: false, error });
      throw error;
    }
  }

  /** No answer will come: the process that carried the write out has died. One that still comes does not count. */
  lost(operationId: string): void {
    this.pending.delete(operationId);
  }

  /** @internal Notes the start of a read; what is returned notes its end, once. */
  beginRead(process: string, stream: StreamId, consistency: 'strong' | 'eventual'): EndOfRead {
    const start = { kind: 'read', id: this.nextId(process), process, stream, startedAt: this.now() } as const;
    let ended = false;
    return (seen) => {
      if (!ended) this.entries.push({ ...start, endedAt: this.now(), consistency, ...seen });
      ended = true;
    };
  }

  private begin(process: string, targets: readonly WriteTarget[], key: string | undefined): WriteRecord {
    const record: WriteRecord = {
      kind: 'write',
      id: this.nextId(process),
      process,
      startedAt: this.now(),
      endedAt: undefined,
      key,
      targets,
      outcome: { kind: 'unknown' },
    };
    this.pending.set(record.id, this.entries.push(record) - 1);
    return record;
  }

  private settle(record: WriteRecord, outcome: WriteOutcome): void {
    const place = this.pending.get(record.id);
    if (place === undefined) return;
    this.pending.delete(record.id);
    this.entries[place] = { ...record, endedAt: this.now(), outcome };
  }

  private nextId(process: string): string {
    this.ids += 1;
    return `${process}-${this.ids}-${this.run}`;
  }
}

function targetsOf(targets: StreamId | WriteTarget | readonly (StreamId | WriteTarget)[]): WriteTarget[] {
  const list = Array.isArray(targets) ? (targets as readonly (StreamId | WriteTarget)[]) : [targets as StreamId];
  if (list.length === 0) throw new InvalidArgumentError('targets', 'name the streams that the write is for.');
  return list.map((target) => ('stream' in target ? { ...target } : { stream: target }));
}

function seenIn(answer: ReadAnswer): Pick<ReadRecord, 'events' | 'version' | 'source'> {
  if (answer === undefined) return { events: [], version: 0, source: 'state' };
  if (typeof answer === 'number') return { events: [], version: answer };
  if ('version' in answer)
    return { events: [], version: answer.version, source: 'stream' in answer ? 'events' : 'state' };
  return { events: answer.map(({ version, eventId }) => ({ version, eventId })) };
}
