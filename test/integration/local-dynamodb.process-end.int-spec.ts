import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { accepts, portOf } from '../support/local-dynamodb-fixture.js';
import { isRunning, startHolder } from '../support/local-dynamodb-holder.js';
import type { Holder, HolderReport } from '../support/local-dynamodb-holder.js';
import { transpileLocalDynamoDb } from '../support/transpile-local-dynamodb.mjs';
import type { TranspiledLocalDynamoDb } from '../support/transpile-local-dynamodb.mjs';

let source: TranspiledLocalDynamoDb;

beforeAll(async () => {
  source = await transpileLocalDynamoDb();
});

afterAll(() => source.remove());

describe('DynamoDB Local ends with the process that started it', () => {
  let holder: Holder | undefined;

  const start = async (then: 'stay' | 'leave') => {
    holder = await startHolder({ entry: source.entry, options: { engine: 'dynamodb-local' }, then });
    return holder;
  };

  // A test that fails must leave no process behind.
  afterEach(() => {
    for (const pid of [holder?.process.pid, ...(holder?.report.pids ?? [])]) {
      if (pid !== undefined && isRunning(pid)) process.kill(pid, 'SIGKILL');
    }
  });

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('when that gets %s, which it still dies of', async (signal) => {
    const { report, process: parent, exited } = await start('stay');
    expect(report.pids.map(isRunning)).toEqual([true, true]);
    expect(await accepts('127.0.0.1', portOf(report))).toBe(true);

    parent.kill(signal);

    expect(await exited).toEqual([null, signal]);
    await untilGone(report);
  });

  it('when that has nothing more to do, which the engine does not put off', async () => {
    const { report, exited } = await start('leave');

    expect(await exited).toEqual([0, null]);
    await untilGone(report);
  });
});

async function untilGone(report: HolderReport): Promise<void> {
  await eventually('DynamoDB Local and its supervisor are gone', () => !report.pids.some(isRunning));
  expect(await accepts('127.0.0.1', portOf(report))).toBe(false);
}
