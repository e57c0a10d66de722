import { resolveScanFeedOptions, ScanFeed, type ScanFeedOptions } from '../feed/scan-feed.js';
import type { FeedFactory } from './feed-factory.js';

/**
 * A feed that reads the whole table again and again: for development on engines without DynamoDB Streams, such as
 * dynalite. In production use `streamsFeed()` or a Lambda function.
 * @throws InvalidArgumentError An option is out of range.
 */
export function scanFeed(options: ScanFeedOptions = {}): FeedFactory {
  const settings = resolveScanFeedOptions(options);
  return { create: ({ scan, control, clock }) => new ScanFeed(scan, control, clock, settings) };
}
