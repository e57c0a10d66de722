import type { ContestantHandle } from '../contestants/contestant-handle.js';
import type { Work } from '../works/works.js';
import { Batches } from './batches.js';
import type { LocalFigures } from './figures.js';
import { quantile } from './statistics.js';

const ENOUGH_FOR_P99 = 100;
const MOST_OPERATIONS = 640;

/** Runs a work on DynamoDB Local for about so many ms, and looks at what is stored afterwards. */
export async function runLocally(
  contestant: ContestantHandle,
  work: Work,
  forMs: number,
): Promise<{ readonly figures: LocalFigures; readonly fault: string | undefined }> {
  const batches = new Batches(contestant, 'local', work);
  const first = await batches.run(3 * work.inFlight, true);
  const firstFault = await batches.verify();
  const each = first.wallMs / first.operations;
  const operations = batches.fit(Math.min(MOST_OPERATIONS, Math.round(forMs / each)));
  // What takes longer than there is time for is run once, and that was it.
  const main = operations <= first.operations ? first : await batches.run(operations, true);
  const fault = firstFault ?? (main === first ? undefined : await batches.verify());
  const { latencies } = main;
  return {
    figures: {
      operationsPerSecond: (main.operations * 1_000) / main.wallMs,
      p50: quantile(latencies, 0.5),
      ...(latencies.length < ENOUGH_FOR_P99 ? {} : { p99: quantile(latencies, 0.99) }),
      operations: main.operations,
    },
    fault,
  };
}
