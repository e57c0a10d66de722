import type { ControlStore } from '../feed/control-store.js';
import { updateRecord } from '../feed/control-store.js';
import { type StreamId, streamKeyOf } from '../event/stream-id.js';

/** A stream that one projection or reactor no longer follows, because an event could not be applied. */
export interface ParkedStream {
  readonly stream: StreamId;
  /** Version that could not be applied; everything before it has been. */
  readonly version: number;
  /** Id and type of the event; absent when the commit itself cannot be read. */
  readonly eventId?: string;
  readonly type?: string;
  /** Message of the last error. */
  readonly reason: string;
  readonly attempts: number;
  readonly parkedAt: string;
  /** It is being brought to its end again. Still there long after, that was interrupted: resume it once more. */
  readonly resuming?: true;
}

/**
 * The parked streams of one generation, shared by all instances. What this process knows to be parked is looked up again
 * each time it matters, so that another process may let a stream go on.
 */
export class ParkedStreams {
  private readonly known = new Set<string>();
  private readonly partition: string;

  /** @param key Key of the consumer, such as `order-summary@1`. */
  constructor(
    private readonly control: ControlStore,
    key: string,
  ) {
    this.partition = `parked#${key}`;
  }

  async load(): Promise<void> {
    for (const { id } of await this.control.list<ParkedStream>(this.partition)) this.known.add(id);
  }

  async list(): Promise<ParkedStream[]> {
    return (await this.control.list<ParkedStream>(this.partition)).map(({ value }) => value);
  }

  async find(stream: StreamId): Promise<ParkedStream | undefined> {
    return (await this.control.get<ParkedStream>(this.partition, streamKeyOf(stream)))?.value;
  }

  /** Whether events of the stream are to be left for later. */
  async holds(stream: StreamId): Promise<boolean> {
    const key = streamKeyOf(stream);
    if (!this.known.has(key)) return false;
    const parked = await this.find(stream);
    if (parked !== undefined && parked.resuming !== true) return true;
    this.known.delete(key);
    return false;
  }

  async park(parked: ParkedStream): Promise<void> {
    const key = streamKeyOf(parked.stream);
    await updateRecord<ParkedStream>(this.control, this.partition, key, () => parked);
    this.known.add(key);
  }

  /**
   * Lets events of the stream through again, in all processes. It stays on record until it has come to its end, so that
   * nothing is forgotten if that fails half way.
   * @returns Whether it was parked.
   */
  async resume(stream: StreamId): Promise<boolean> {
    const key = streamKeyOf(stream);
    const resuming = await updateRecord<ParkedStream>(this.control, this.partition, key, (parked) =>
      parked === undefined || parked.resuming === true ? undefined : { ...parked, resuming: true },
    );
    return resuming !== undefined;
  }

  /** The stream has come to its end, unless it was parked again meanwhile. */
  async release(stream: StreamId): Promise<void> {
    const key = streamKeyOf(stream);
    const record = await this.control.get<ParkedStream>(this.partition, key);
    if (record?.value.resuming === true) await this.control.delete(this.partition, key, record.revision);
  }

  /** Forgets all of them: the generation is gone. */
  async clear(): Promise<void> {
    for (const { id, revision } of await this.control.list(this.partition))
      await this.control.delete(this.partition, id, revision);
    this.known.clear();
  }
}
