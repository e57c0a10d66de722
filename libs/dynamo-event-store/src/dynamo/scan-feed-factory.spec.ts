import { expect, it } from '@jest/globals';
import { simulatedControl } from '../../../../test/support/simulated-control.js';
import { virtualFeedClock } from '../../../../test/support/virtual-feed-clock.js';
import type { CommitNotice } from '../feed/commit-notice.js';
import { VirtualTime } from '../testing/simulation/index.js';
import { DynamoEventStore } from './dynamo-event-store.js';
import { DynamoRequests } from './dynamo-requests.js';
import { DynamoTableScan } from './dynamo-table-scan.js';
import { scanFeed } from './scan-feed-factory.js';
import { eventTableDefinition } from './table-definition.js';

const tableName = 'events';

it('makes a feed that delivers what is in the table, and what comes to it', async () => {
  const time = new VirtualTime();
  const { database, control } = simulatedControl(time);
  database.createTable(tableName, eventTableDefinition({ tableName }));
  const { client } = database;
  const store = new DynamoEventStore({ client, tableName, clock: time.clock });
  const requests = new DynamoRequests(
    () => client,
    () => Promise.resolve(),
  );
  const scan = new DynamoTableScan(requests, () => tableName, time.clock);
  const feed = scanFeed({ everyMs: 500, segments: 3 }).create({
    client,
    tableName,
    control,
    scan,
    clock: virtualFeedClock(time),
  });
  const delivered: string[] = [];
  const consumer = {
    key: 'orders@1',
    deliver: (notices: readonly CommitNotice[]) => {
      delivered.push(...notices.map(({ stream, last }) => `${stream.id}:${last}`));
      return Promise.resolve();
    },
    missed: () => Promise.resolve(),
    unreadable: () => Promise.resolve(),
  };
  const append = (id: string) =>
    time.runUntil(store.append({ aggregate: 'order', id }, [{ type: 'noted', payload: 1 }], { expected: 'any' }));
  for (const id of ['a', 'b', 'c', 'd']) await append(id);
  const stop = new AbortController();
  const report = (problem: object) => {
    delivered.push(JSON.stringify(problem));
  };
  const ended = feed.run({ instance: 'i', consumers: () => [consumer], report }, stop.signal);
  await time.runUntil(time.pause(300));
  expect([...delivered].sort()).toEqual(['a:1', 'b:1', 'c:1', 'd:1']);
  await append('b');
  await time.runUntil(time.pause(600));
  expect(delivered.slice(4)).toEqual(['b:2']);
  stop.abort();
  await time.runUntil(ended);
});

it('refuses options that are out of range when it is configured, not when it runs', () => {
  expect(() => scanFeed({ segments: 0 })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', argument: 'segments' }),
  );
});
