import type { ReadSide } from '../dynamo/read-side.js';
import type { FeedProblem } from '../feed/feed-source.js';
import type { StreamBatchResponse } from './batch-response.js';
import { checkSource, type DynamoStreamEvent } from './stream-event.js';
import { handleStreamRecords } from './stream-handler.js';

/** A Lambda handler for the stream of the event table. */
export type StreamHandler = (event: DynamoStreamEvent) => Promise<StreamBatchResponse>;

export interface StreamHandlerOptions {
  /** Told of records that a subscription could not take; Lambda delivers them again. Default: written to the log as a warning. */
  readonly onProblem?: (problem: FeedProblem) => void;
}

/**
 * Makes the handler of a Lambda function that runs projections and reactors on the stream of the event table. Switch
 * `ReportBatchItemFailures` on in its event source mapping. Batch size, parallelization factor and order of the records
 * do not matter for what is applied, since that goes by versions.
 *
 * Records of another table's stream are an `InvalidArgumentError`: the invocation fails. A record that cannot be read is
 * reported, and its commit is read from the table.
 *
 * An event that keeps failing parks its stream and is not reported as a failure, so it does not hold up the shard. What
 * is reported is delivered again: records met by an outage. After 24 hours DynamoDB drops a record: have an alarm on
 * `IteratorAge`, and call `Projections.searchMissed` if it ever came to that.
 *
 * @param bootstrap Makes the read side; called once per instance of the function, and again only if it failed. With
 * Nest: `async () => (await NestFactory.createApplicationContext(AppModule)).get(ReadSide)`.
 */
export function createStreamHandler(
  bootstrap: () => ReadSide | Promise<ReadSide>,
  options: StreamHandlerOptions = {},
): StreamHandler {
  const { onProblem = warn } = options;
  let starting: Promise<ReadSide> | undefined;
  const start = async (): Promise<ReadSide> => {
    starting ??= Promise.resolve().then(bootstrap);
    try {
      return await starting;
    } catch (error) {
      starting = undefined;
      throw error;
    }
  };
  return async ({ Records: records }) => {
    const readSide = await start();
    checkSource(records, readSide.eventTable);
    return handleStreamRecords(records, await readSide.consumers(), onProblem);
  };
}

function warn({ what, cause }: FeedProblem): void {
  console.warn(what, cause);
}
