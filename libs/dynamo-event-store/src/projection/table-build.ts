import type { ControlStore } from '../feed/control-store.js';
import { updateRecord } from '../feed/control-store.js';
import type { FeedClock } from '../feed/feed-clock.js';
import type { FeedConsumer } from '../feed/feed-source.js';
import type { ScanPage, TableScan } from '../feed/table-scan.js';
import {
  buildProgress,
  NO_PROGRESS,
  type BuildProgress,
  type ScanStart,
  type SegmentProgress,
} from './build-progress.js';
import type { ScanOrder } from './subscription-record.js';

const START_ID = 'start';

export interface TableBuildParts {
  readonly control: ControlStore;
  readonly scan: TableScan;
  readonly clock: FeedClock;
  readonly segments: number;
}

/**
 * One scan of the table for one consumer: in segments, each with its place on record after every page, so that it goes
 * on where it was after a crash, a pause or in another process. A page counts only when all of it is applied or parked.
 */
export class TableBuild {
  private readonly partition: string;

  constructor(
    private readonly parts: TableBuildParts,
    consumerKey: string,
    private readonly order: ScanOrder,
  ) {
    this.partition = `build#${consumerKey}#${order.id}`;
  }

  /** Runs to the end or until the signal. @returns Whether it is done. */
  async run(consumer: FeedConsumer, signal: AbortSignal): Promise<boolean> {
    const { segments } = await this.start();
    const failure = new AbortController();
    const either = AbortSignal.any([signal, failure.signal]);
    const work = Array.from({ length: segments }, async (_, segment) => {
      try {
        return await this.runSegment(segment, segments, consumer, either);
      } catch (error) {
        failure.abort();
        throw error;
      }
    });
    const results = await Promise.allSettled(work);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return results.every((result) => result.status === 'fulfilled' && result.value);
  }

  async progress(): Promise<BuildProgress> {
    const records = await this.parts.control.list<ScanStart | SegmentProgress>(this.partition);
    const start = records.find(({ id }) => id === START_ID)?.value as ScanStart | undefined;
    const segments = records.flatMap(({ id, value }) => (id === START_ID ? [] : [value as SegmentProgress]));
    return buildProgress(this.order, start, segments, this.parts.clock.now());
  }

  /** Deletes what is on record about it. */
  async clear(): Promise<void> {
    for (const { id, revision } of await this.parts.control.list(this.partition))
      await this.parts.control.delete(this.partition, id, revision);
  }

  private async start(): Promise<ScanStart> {
    const { control, scan, clock, segments } = this.parts;
    const known = await control.get<ScanStart>(this.partition, START_ID);
    if (known !== undefined) return known.value;
    const start = { scanId: this.order.id, segments, estimate: await scan.estimate(), startedAt: clock.now() };
    return (await updateRecord<ScanStart>(control, this.partition, START_ID, (other) => other ?? start)) ?? start;
  }

  private async runSegment(
    segment: number,
    segments: number,
    consumer: FeedConsumer,
    signal: AbortSignal,
  ): Promise<boolean> {
    const id = `segment-${String(segment).padStart(6, '0')}`;
    let progress = (await this.parts.control.get<SegmentProgress>(this.partition, id))?.value ?? NO_PROGRESS;
    if (progress.done) return true;
    for await (const page of this.parts.scan.pages(segment, segments, progress.cursor)) {
      if (signal.aborted) return false;
      await consumer.deliver(page.notices);
      for (const item of page.unreadable) await consumer.unreadable(item);
      progress = after(progress, page);
      await updateRecord<SegmentProgress>(this.parts.control, this.partition, id, () => progress);
    }
    return progress.done;
  }
}

function after(before: SegmentProgress, page: ScanPage): SegmentProgress {
  const events = page.notices.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  return {
    done: page.cursor === undefined,
    ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
    items: before.items + page.items,
    events: before.events + events,
    readUnits: before.readUnits + page.readUnits,
  };
}
