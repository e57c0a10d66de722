import type { FeedClock } from '../../libs/dynamo-event-store/src/feed/feed-clock.js';
import type { VirtualTime } from '../../libs/dynamo-event-store/src/testing/simulation/index.js';

/** The clock of a feed in virtual time. */
export function virtualFeedClock(time: VirtualTime): FeedClock {
  return time;
}
