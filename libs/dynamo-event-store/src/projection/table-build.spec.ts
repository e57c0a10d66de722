import { describe, expect, it } from '@jest/globals';
import { MemoryControl } from '../../../../test/support/memory-control.js';
import { hastyClock } from '../../../../test/support/subscriptions.js';
import type { CommitNotice } from '../feed/commit-notice.js';
import type { FeedConsumer, UnreadableCommit } from '../feed/feed-source.js';
import type { ScanPage, TableScan } from '../feed/table-scan.js';
import { TableBuild } from './table-build.js';

const PAGES = 3;
const order = { id: 4, reason: 'rebuild', orderedAt: 0 };

function pageOf(segment: number, page: number): ScanPage {
  const stream = { aggregate: 'cart', id: `${segment}/${page}` };
  const notice: CommitNotice = { stream, first: 1, last: 2, types: [], recordedAt: 0, commit: undefined };
  const unreadable: UnreadableCommit = { key: `bad ${segment}/${page}`, stream, version: 3, cause: undefined };
  return {
    notices: [notice],
    unreadable: page === 1 ? [unreadable] : [],
    items: 5,
    readUnits: 2.5,
    ...(page === PAGES - 1 ? {} : { cursor: String(page + 1) }),
  };
}

function world(control = new MemoryControl()) {
  const read: string[] = [];
  const taken: string[] = [];
  const scan: TableScan = {
    estimate: () => {
      read.push('estimate');
      return Promise.resolve({ items: 30, bytes: 1, readUnits: 1 });
    },
    async *pages(segment, segments, cursor) {
      for (let page = Number(cursor ?? 0); page < PAGES; page++) {
        await Promise.resolve();
        read.push(`${segment}of${segments}/${page}`);
        yield pageOf(segment, page);
      }
    },
  };
  let deliver: (id: string) => void | Promise<void> = () => undefined;
  const consumer: FeedConsumer = {
    key: 'log@2',
    deliver: async (notices) => {
      for (const { stream } of notices) await deliver(stream.id);
      taken.push(...notices.map(({ stream }) => stream.id));
    },
    missed: () => Promise.resolve(),
    unreadable: ({ key }) => {
      taken.push(key);
      return Promise.resolve();
    },
  };
  const build = (segments = 2, of = order) =>
    new TableBuild({ control, scan, clock: hastyClock(), segments }, 'log@2', of);
  return {
    control,
    read,
    taken,
    consumer,
    build,
    onDeliver: (run: typeof deliver) => {
      deliver = run;
    },
  };
}

const never = new AbortController().signal;

describe('a build', () => {
  it('delivers every page of every segment, what cannot be read behind the rest of its page', async () => {
    const { build, consumer, taken } = world();
    expect(await build().run(consumer, never)).toBe(true);
    expect([...taken].sort()).toEqual(['0/0', '0/1', '0/2', '1/0', '1/1', '1/2', 'bad 0/1', 'bad 1/1']);
    expect(taken.indexOf('bad 0/1')).toBeGreaterThan(taken.indexOf('0/1'));
    expect(await build().progress()).toMatchObject({ percent: 100, items: 30, events: 12, readUnits: 15 });
  });

  it('that is done reads nothing more', async () => {
    const { build, consumer, read } = world();
    await build().run(consumer, never);
    read.length = 0;
    expect(await build().run(consumer, never)).toBe(true);
    expect(read).toEqual([]);
  });

  it('goes on in another process where each segment was, with the segments that it began with', async () => {
    const { build, consumer, taken, read, control, onDeliver } = world();
    onDeliver((id) => {
      if (id === '1/1') throw new Error('crash');
    });
    await expect(build().run(consumer, never)).rejects.toThrow('crash');
    const second = world(control);
    expect(await second.build(7).run(second.consumer, never)).toBe(true);
    expect(second.read.every((page) => page.includes('of2'))).toBe(true);
    expect(second.taken).toContain('1/1');
    expect(second.taken).not.toContain('1/0');
    expect([...new Set([...taken, ...second.taken])]).toHaveLength(8);
    expect(read.length + second.read.length).toBeLessThanOrEqual(2 * PAGES + 3);
  });

  it('stops the other segments when one fails', async () => {
    const { build, consumer, onDeliver, taken } = world();
    onDeliver((id) => {
      if (id === '0/0') throw new Error('no');
    });
    await expect(build().run(consumer, never)).rejects.toThrow('no');
    expect(taken).not.toContain('1/2');
  });

  it('ends at the signal, after the page in hand, and is not done', async () => {
    const { build, consumer, onDeliver, taken } = world();
    const stop = new AbortController();
    onDeliver((id) => {
      if (id.endsWith('/1')) stop.abort();
    });
    expect(await build().run(consumer, stop.signal)).toBe(false);
    expect(taken).not.toContain('0/2');
    expect(taken).not.toContain('1/2');
    expect((await build().progress()).percent).toBeLessThan(100);
    expect(await build().run(consumer, never)).toBe(true);
  });

  it('another order of the same build begins anew', async () => {
    const { build, consumer, read } = world();
    await build().run(consumer, never);
    read.length = 0;
    await build(2, { ...order, id: 5 }).run(consumer, never);
    expect(read).toHaveLength(1 + 2 * PAGES);
  });

  it('leaves nothing behind when it is cleared', async () => {
    const { build, consumer, control } = world();
    await build().run(consumer, never);
    expect(control.ids('build#log@2#4')).not.toEqual([]);
    await build().clear();
    expect(control.ids('build#log@2#4')).toEqual([]);
  });
});
