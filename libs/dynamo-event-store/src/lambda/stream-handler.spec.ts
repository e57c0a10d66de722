import { describe, expect, it } from '@jest/globals';
import { contiguous, tombstone } from '../../../../test/support/hand-made-log.js';
import { lambdaItemOf } from '../../../../test/support/lambda-event.js';
import { toCommitItems } from '../dynamo/commit-item.js';
import type { Item } from '../dynamo/item-size.js';
import type { CommitNotice } from '../feed/commit-notice.js';
import type { FeedConsumer, FeedProblem, UnreadableCommit } from '../feed/feed-source.js';
import { batchResponse } from './batch-response.js';
import { handleStreamRecords } from './stream-handler.js';
import type { DynamoStreamRecord } from './stream-event.js';

function recordOf(item: Item, sequenceNumber: number | string): DynamoStreamRecord {
  return { eventName: 'INSERT', dynamodb: { NewImage: lambdaItemOf(item), SequenceNumber: String(sequenceNumber) } };
}

const [first, second, third] = contiguous(2, 1, 3).map((each) => toCommitItems(each, 4)[0]);
const [c1, c2, c3] = [recordOf(first!, 98), recordOf(second!, 99), recordOf(third!, 100)];
const [end] = toCommitItems(tombstone(7), 4);
const ended = recordOf(end, 101);
const damaged = recordOf({ ...second!, n: { S: 'x' } }, 9);

class RecordingConsumer implements FeedConsumer {
  readonly calls: string[] = [];

  constructor(
    readonly key: string,
    private readonly fault?: (call: string) => unknown,
  ) {}

  deliver(notices: readonly CommitNotice[]): Promise<void> {
    return this.note(notices.map(({ first: from, last }) => `${from}-${last}`).join(' '));
  }

  missed(): Promise<void> {
    return Promise.reject(new Error('not of Lambda'));
  }

  unreadable({ version }: UnreadableCommit): Promise<void> {
    return this.note(`unreadable ${version}`);
  }

  private async note(call: string): Promise<void> {
    this.calls.push(call);
    await Promise.resolve();
    const fault = this.fault?.(call);
    if (fault !== undefined) throw fault as Error;
  }
}

function setting() {
  const problems: FeedProblem[] = [];
  const handle = async (records: readonly DynamoStreamRecord[], ...consumers: FeedConsumer[]) => {
    const { batchItemFailures } = await handleStreamRecords(records, consumers, (problem) => problems.push(problem));
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  return { problems, handle };
}

describe('handleStreamRecords', () => {
  it('delivers all commits of an invocation to every consumer in one call', async () => {
    const { problems, handle } = setting();
    const consumers = [new RecordingConsumer('a'), new RecordingConsumer('b')];
    expect(await handle([c1, c2, c3, ended], ...consumers)).toEqual([]);
    expect(consumers.map(({ calls }) => calls)).toEqual([['1-2 3-3 4-6'], ['1-2 3-3 4-6']]);
    expect(problems).toEqual([]);
  });

  it('leaves duplicates and order to the consumers', async () => {
    const { handle } = setting();
    const consumer = new RecordingConsumer('a');
    expect(await handle([c3, c1, c1, c2], consumer)).toEqual([]);
    expect(consumer.calls).toEqual(['4-6 1-2 1-2 3-3']);
  });

  it('lists every commit of the invocation when a consumer rejects, the lowest first, and no other records', async () => {
    const { problems, handle } = setting();
    const failure = new Error('not now');
    const failing = new RecordingConsumer('a', () => failure);
    const other = new RecordingConsumer('b');
    expect(await handle([ended, c3, c1, c1, c2], failing, other)).toEqual(['98', '99', '100']);
    expect(other.calls).toEqual(['4-6 1-2 1-2 3-3']);
    expect(problems).toEqual([{ what: expect.stringContaining('a did not take'), cause: failure }]);
  });

  it('lists a record once, however many consumers reject, and reports each of them', async () => {
    const { problems, handle } = setting();
    const reject = () => new Error('why');
    expect(await handle([c1], new RecordingConsumer('a', reject), new RecordingConsumer('b', reject))).toEqual(['98']);
    expect(problems.map(({ what }) => what[0])).toEqual(['a', 'b']);
  });

  it('does not let one consumer wait for another', async () => {
    const { handle } = setting();
    const b = new RecordingConsumer('b');
    const waitsForB: FeedConsumer = {
      key: 'a',
      missed: () => Promise.resolve(),
      unreadable: () => Promise.resolve(),
      deliver: async () => {
        for (let turn = 0; turn < 100 && b.calls.length === 0; turn++) await Promise.resolve();
        expect(b.calls).toEqual(['1-2']);
      },
    };
    expect(await handle([c1], waitsForB, b)).toEqual([]);
  });

  it('hands over what is unreadable before the commits, and goes on with these', async () => {
    const { handle } = setting();
    const consumer = new RecordingConsumer('a');
    expect(await handle([c1, damaged, c3], consumer)).toEqual([]);
    expect(consumer.calls).toEqual(['unreadable 3', '1-2 4-6']);
  });

  it('lists an unreadable record that could not be put on record', async () => {
    const { handle } = setting();
    const consumer = new RecordingConsumer('a', (call) =>
      call.startsWith('unreadable') ? new Error('why') : undefined,
    );
    expect(await handle([c1, damaged], consumer)).toEqual(['9']);
    expect(consumer.calls).toEqual(['unreadable 3', '1-2']);
  });

  it('does not call a consumer about records that hold no news', async () => {
    const { handle } = setting();
    const consumer = new RecordingConsumer('a', () => new Error('why'));
    expect(await handle([ended, { ...c1, eventName: 'REMOVE' }], consumer)).toEqual([]);
    expect(consumer.calls).toEqual([]);
  });

  it('refuses what is no event of a stream, before any consumer is called', async () => {
    const { handle } = setting();
    const consumer = new RecordingConsumer('a');
    for (const records of [[], [c1, {}], [c1, { ...c1, dynamodb: { SequenceNumber: '' } }]])
      await expect(handle(records, consumer)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'records' });
    expect(consumer.calls).toEqual([]);
  });
});

describe('batchResponse', () => {
  it('is empty when nothing failed', () => {
    expect(batchResponse([])).toEqual({ batchItemFailures: [] });
  });

  it('orders by number, also where text or a double would not', () => {
    const low = '49590338271490256608559692538361571095921575989136588898';
    const high = '49590338271490256608559692538361571095921575989136588899';
    expect(batchResponse([high, '1000', low, '999', high]).batchItemFailures).toEqual(
      ['999', '1000', low, high].map((itemIdentifier) => ({ itemIdentifier })),
    );
  });
});
