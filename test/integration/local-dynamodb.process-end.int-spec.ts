import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { accepts, portOf } from '../support/local-dynamodb-fixture.js';
import { isRunning, startHolder } from '../support/local-dynamodb-holder.js';
import type { Holder } from '../support/local-dynamodb-holder.js';
import { transpileLocalDynamoDb } from '../support/transpile-local-dynamodb.mjs';
import type { TranspiledLocalDynamoDb } from '../support/transpile-local-dynamodb.mjs';

let source: TranspiledLocalDynamoDb;

beforeAll(async () => {
  source = await transpileLocalDynamoDb();
});

afterAll(() => source.remove());

describe('DynamoDB Local ends with the process that started it', () => {
  const start = (then: 'stay' | 'leave') =>
    startHolder({ entry: source.entry, options: { engine: 'dynamodb-local' }, then });

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('when that gets %s, which it still dies of', async (signal) => {
    const holder = await start('stay');
    expect(holder.report.pids.map(isRunning)).toEqual([true, true]);
    expect(await accepts('127.0.0.1', portOf(holder.report))).toBe(true);

    holder.process.kill(signal);

    expect(await holder.exited).toEqual([null, signal]);
    await untilGone(holder);
  });

  it('when that has nothing more to do, which the engine does not put off', async () => {
    const holder = await start('leave');

    expect(await holder.exited).toEqual([0, null]);
    await untilGone(holder);
  });
});

async function untilGone({ report }: Holder): Promise<void> {
  await eventually('DynamoDB Local and its supervisor are gone', () => !report.pids.some(isRunning));
  expect(await accepts('127.0.0.1', portOf(report))).toBe(false);
}
