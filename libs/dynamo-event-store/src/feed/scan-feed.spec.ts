import { describe, expect, it } from '@jest/globals';
import { simulatedControl } from '../../../../test/support/simulated-control.js';
import { virtualFeedClock } from '../../../../test/support/virtual-feed-clock.js';
import { VirtualTime } from '../testing/simulation/index.js';
import type { CommitNotice } from './commit-notice.js';
import type { FeedConsumer, FeedProblem, UnreadableCommit } from './feed-source.js';
import { ScanFeed, type ScanFeedOptions } from './scan-feed.js';
import type { ScanPage, TableScan } from './table-scan.js';

function notice(id: string, first: number, last = first): CommitNotice {
  return { stream: { aggregate: 'order', id }, first, last, types: [], recordedAt: first * 1_000, commit: undefined };
}

const label = ({ stream, first, last }: CommitNotice): string => `${stream.id}:${first}-${last}`;
const damaged: UnreadableCommit = { key: '#order#o-9 e#1', stream: undefined, version: 1, cause: new Error('damaged') };

/** A table whose pages, by segment, are set by hand. */
class HandMadeScan implements TableScan {
  segments: Partial<Pick<ScanPage, 'notices' | 'unreadable'>>[][] = [[]];
  readonly asked: string[] = [];
  fault: (segment: number) => Error | undefined = () => undefined;

  constructor(private readonly time: VirtualTime) {}

  estimate(): Promise<never> {
    return Promise.reject(new Error('not asked for'));
  }

  async *pages(segment: number, segments: number): AsyncGenerator<ScanPage, void, undefined> {
    this.asked.push(`${segment}/${segments}`);
    for (const page of this.segments[segment] ?? []) {
      await this.time.pause(5);
      const fault = this.fault(segment);
      if (fault !== undefined) throw fault;
      yield { notices: [], unreadable: [], items: 1, readUnits: 1, ...page };
    }
  }
}

class RecordingConsumer implements FeedConsumer {
  readonly calls: string[] = [];
  fault: (notices: readonly CommitNotice[]) => Error | undefined = () => undefined;

  constructor(readonly key: string) {}

  deliver(notices: readonly CommitNotice[]): Promise<void> {
    this.calls.push(notices.map(label).join(' '));
    const fault = this.fault(notices);
    return fault === undefined ? Promise.resolve() : Promise.reject(fault);
  }

  missed(): Promise<void> {
    return Promise.reject(new Error('a scan misses nothing'));
  }

  unreadable({ key }: UnreadableCommit): Promise<void> {
    this.calls.push(`unreadable ${key}`);
    return Promise.resolve();
  }
}

function setting(options: ScanFeedOptions = {}) {
  const time = new VirtualTime();
  const { another } = simulatedControl(time);
  const scan = new HandMadeScan(time);
  const consumer = new RecordingConsumer('orders@1');
  const consumers: FeedConsumer[] = [consumer];
  const problems: FeedProblem[] = [];
  const start = (instance = 'a') => {
    const feed = new ScanFeed(scan, another(), virtualFeedClock(time), options);
    const stop = new AbortController();
    const report = (problem: FeedProblem): void => {
      problems.push(problem);
    };
    const ended = feed.run({ instance, consumers: () => consumers, report }, stop.signal);
    return { feed, stop, ended };
  };
  const pass = (ms: number) => time.runUntil(time.pause(ms));
  return { time, scan, consumer, consumers, problems, start, pass };
}

describe('ScanFeed', () => {
  it('delivers the table page by page, and afterwards only what is new', async () => {
    const { scan, consumer, start, pass } = setting();
    scan.segments = [[{ notices: [notice('o-1', 1, 2), notice('o-1', 3)] }, { notices: [notice('o-2', 1)] }]];
    start();
    await pass(3_500);
    expect(scan.asked.length).toBeGreaterThan(2);
    expect(consumer.calls).toEqual(['o-1:1-2 o-1:3-3', 'o-2:1-1']);
    scan.segments = [[{ notices: [notice('o-1', 1, 2), notice('o-1', 3), notice('o-1', 4)] }, {}]];
    await pass(1_100);
    expect(consumer.calls.slice(2)).toEqual(['o-1:4-4']);
  });

  it('delivers everything to a consumer that comes later, and nothing again to those there', async () => {
    const { scan, consumer, consumers, start, pass } = setting();
    scan.segments = [[{ notices: [notice('o-1', 1)] }]];
    const { feed } = start();
    await pass(500);
    const late = new RecordingConsumer('late@1');
    consumers.push(late);
    await feed.subscribe();
    await pass(2_000);
    expect([consumer.calls, late.calls]).toEqual([['o-1:1-1'], ['o-1:1-1']]);
    await feed.unsubscribe('late@1');
    await pass(2_000);
    expect(late.calls).toEqual(['o-1:1-1', 'o-1:1-1']);
  });

  it('reports a consumer that rejects, spares it the rest of the round, and delivers to it in the next', async () => {
    const { scan, consumer, consumers, problems, start, pass } = setting();
    const other = new RecordingConsumer('other@1');
    consumers.push(other);
    scan.segments = [[{ notices: [notice('o-1', 1)] }, { notices: [notice('o-2', 2), notice('o-2', 3)] }]];
    const failure = new Error('not now');
    consumer.fault = () => (consumer.calls.length === 1 ? failure : undefined);
    const { feed } = start();
    await pass(100);
    expect(problems).toEqual([{ what: expect.stringContaining('orders@1'), cause: failure }]);
    expect([consumer.calls, other.calls]).toEqual([['o-1:1-1'], ['o-1:1-1', 'o-2:2-2 o-2:3-3']]);
    const lag = await feed.lag();
    expect(lag.get('other@1')).toEqual({ behindMs: 0, pendingCommits: 0 });
    expect(lag.get('orders@1')!.pendingCommits).toBe(3);
    await pass(1_100);
    expect(consumer.calls.slice(1)).toEqual(['o-1:1-1', 'o-2:2-2 o-2:3-3']);
    expect((await feed.lag()).get('orders@1')).toEqual({ behindMs: 0, pendingCommits: 0 });
  });

  it('tells how old the oldest commit is that a consumer has not taken', async () => {
    const { time, scan, consumer, start, pass } = setting();
    const at = time.now();
    scan.segments = [[{ notices: [5, 9, 7].map((s) => ({ ...notice('o', s), recordedAt: at - s * 1_000 })) }]];
    consumer.fault = () => new Error('never');
    const { feed } = start();
    await pass(400);
    expect((await feed.lag()).get('orders@1')).toEqual({ behindMs: 9_400, pendingCommits: 3 });
  });

  it('hands over an unreadable commit once, before what lies on its page', async () => {
    const { scan, consumer, start, pass } = setting();
    scan.segments = [[{ notices: [notice('o-9', 2)], unreadable: [damaged] }]];
    start();
    await pass(3_500);
    expect(consumer.calls).toEqual([`unreadable ${damaged.key}`, 'o-9:2-2']);
  });

  it('reads its segments side by side, and reports one that fails without leaving out the others', async () => {
    const { scan, consumer, problems, start, pass } = setting({ segments: 2, everyMs: 200 });
    scan.segments = [[{ notices: [notice('o-1', 1)] }], [{ notices: [notice('o-2', 1)] }]];
    const failure = new Error('throttled');
    scan.fault = (segment) => (segment === 0 ? failure : undefined);
    const { feed } = start();
    await pass(100);
    expect(scan.asked).toEqual(['0/2', '1/2']);
    expect(consumer.calls).toEqual(['o-2:1-1']);
    expect(problems).toEqual([{ what: expect.stringContaining('segment 0'), cause: failure }]);
    // What was seen of a part of the table says nothing about the whole.
    expect((await feed.lag()).size).toBe(0);
    scan.fault = () => undefined;
    await pass(200);
    expect(consumer.calls).toEqual(['o-2:1-1', 'o-1:1-1']);
  });

  it('pauses between rounds, and cuts the pause short when nudged, also by what comes during a round', async () => {
    const { scan, consumer, start, pass } = setting({ everyMs: 60_000 });
    const { feed } = start();
    await pass(1_000);
    expect(scan.asked).toHaveLength(1);
    scan.segments = [[{ notices: [notice('o-1', 1)] }]];
    feed.nudge();
    await pass(3);
    feed.nudge();
    await pass(50);
    expect(consumer.calls).toEqual(['o-1:1-1']);
    expect(scan.asked).toHaveLength(3);
    await pass(60_000);
    expect(scan.asked).toHaveLength(4);
  });

  it('finishes the page in hand when it is stopped, and takes no further one', async () => {
    const { time, scan, consumer, start, pass } = setting();
    const pages = Array.from({ length: 100 }, (_, index) => ({ notices: [notice(`o-${index}`, 1)] }));
    scan.segments = [pages];
    const { stop, ended } = start();
    await pass(100);
    const soFar = consumer.calls.length;
    expect(soFar).toBeGreaterThan(5);
    stop.abort();
    await time.runUntil(ended);
    expect(consumer.calls.length).toBe(soFar);
  });

  it('ends its pause when it is stopped, and gives its lease to another instance at once', async () => {
    const { time, scan, start, pass } = setting({ everyMs: 3_600_000 });
    scan.segments = [[{}]];
    const { feed, stop, ended } = start('a');
    await pass(100);
    expect((await feed.lag()).size).toBe(1);
    const other = start('b');
    await pass(60_000);
    expect(scan.asked).toHaveLength(1);
    const told = time.now();
    stop.abort();
    await time.runUntil(ended);
    expect(time.now() - told).toBeLessThan(100);
    await pass(10_000 / 3 + 100);
    expect(scan.asked).toHaveLength(2);
    expect((await other.feed.lag()).size).toBe(1);
    // It no longer knows.
    expect((await feed.lag()).size).toBe(0);
  });

  it('scans in one instance at a time', async () => {
    const { scan, start, pass } = setting({ everyMs: 1_000 });
    const feeds = [start('a'), start('b'), start('c')];
    await pass(60_000);
    expect(scan.asked.length).toBeLessThanOrEqual(60);
    const lags = await Promise.all(feeds.map(({ feed }) => feed.lag()));
    expect(lags.filter((lag) => lag.size > 0).length).toBeLessThanOrEqual(1);
  });

  it.each<[string, ScanFeedOptions]>([
    ['everyMs', { everyMs: 0 }],
    ['everyMs', { everyMs: Number.NaN }],
    ['leaseMs', { leaseMs: -1 }],
    ['segments', { segments: 0 }],
    ['segments', { segments: 1.5 }],
    ['segments', { segments: 1_000_001 }],
  ])('refuses an impossible %s: %j', (argument, options) => {
    expect(() => setting(options).start()).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', argument }));
  });
});
