import type { CommitNotice } from '../feed/commit-notice.js';
import type { FeedConsumer, FeedProblem, UnreadableCommit } from '../feed/feed-source.js';
import { batchResponse, type StreamBatchResponse } from './batch-response.js';
import { newsOfRecord } from './news-of-record.js';
import { checkStreamRecords, sequenceNumberOf, type DynamoStreamRecord } from './stream-event.js';

/** The news of an invocation, each with the record that brought it. */
interface Batch {
  readonly notices: { readonly notice: CommitNotice; readonly sequenceNumber: string }[];
  readonly unreadable: { readonly item: UnreadableCommit; readonly sequenceNumber: string }[];
}

/**
 * Delivers the commits of one invocation to every consumer, side by side, and says which records Lambda is to deliver
 * again: all commits of the invocation when a consumer rejects. Consumers order commits by version and drop duplicates
 * themselves.
 * @throws InvalidArgumentError These are no records of a stream with new images; Lambda then tries the invocation again.
 */
export async function handleStreamRecords(
  records: readonly DynamoStreamRecord[],
  consumers: readonly FeedConsumer[],
  report: (problem: FeedProblem) => void,
): Promise<StreamBatchResponse> {
  checkStreamRecords(records);
  const batch = batchOf(records, report);
  const failed = await Promise.all(consumers.map((consumer) => deliver(batch, consumer, report)));
  return batchResponse(failed.flat());
}

function batchOf(records: readonly DynamoStreamRecord[], report: (problem: FeedProblem) => void): Batch {
  const batch: Batch = { notices: [], unreadable: [] };
  for (const record of records) {
    const news = newsOfRecord(record);
    if (news === undefined) continue;
    const sequenceNumber = sequenceNumberOf(record);
    if ('notice' in news) batch.notices.push({ notice: news.notice, sequenceNumber });
    else {
      const { unreadable: item } = news;
      batch.unreadable.push({ item, sequenceNumber });
      report({
        what: `record ${sequenceNumber} cannot be read; its commit (${item.key}) is read from the table`,
        cause: item.cause,
      });
    }
  }
  return batch;
}

/** Sequence numbers of the records that the consumer did not take. */
async function deliver(
  { notices, unreadable }: Batch,
  consumer: FeedConsumer,
  report: (problem: FeedProblem) => void,
): Promise<string[]> {
  const failed: string[] = [];
  const attempt = async (sequenceNumbers: readonly string[], call: () => Promise<void>): Promise<void> => {
    try {
      await call();
    } catch (cause) {
      failed.push(...sequenceNumbers);
      report({ what: `${consumer.key} did not take its records; Lambda delivers them again`, cause });
    }
  };
  // First, since that takes the stream to its end: what lies behind need not be looked at.
  for (const { item, sequenceNumber } of unreadable) await attempt([sequenceNumber], () => consumer.unreadable(item));
  if (notices.length > 0)
    await attempt(
      notices.map(({ sequenceNumber }) => sequenceNumber),
      () => consumer.deliver(notices.map(({ notice }) => notice)),
    );
  return failed;
}
