import { streamKeyOf } from '../event/stream-id.js';
import type { ControlStore } from '../feed/control-store.js';
import { ProgressFence, type ProgressKey, type ProgressStep } from './progress-fence.js';

export interface ControlStoreFenceOptions<Context> {
  readonly store: ControlStore;
  /** What the methods get as their third argument. */
  readonly context: Context;
}

/** Id of the only record in a partition. */
const RECORD = '-';

/**
 * Keeps progress apart from the effects, and stores it after them: each event at least once. An effect is repeated when
 * its process ends before the progress is stored, and when two processes are in charge of a stream for a moment.
 */
export class ControlStoreFence<Context> extends ProgressFence<Context> {
  constructor(private readonly options: ControlStoreFenceOptions<Context>) {
    super();
  }

  async applied(key: ProgressKey): Promise<number> {
    return (await this.options.store.get(partitionOf(key), RECORD))?.revision ?? 0;
  }

  async advance(step: ProgressStep, work: (context: Context) => Promise<void>): Promise<boolean> {
    const { store, context } = this.options;
    await work(context);
    return store.put(partitionOf(step), RECORD, null, step.from, step.to);
  }
}

/** A partition for each stream, so that no number of streams is too many for one. */
function partitionOf({ projection, generation, stream }: ProgressKey): string {
  return `progress#${projection}@${generation}#${streamKeyOf(stream)}`;
}
