import type { ContestantHandle } from '../contestants/contestant-handle.js';
import type { Engine } from '../engine/engine.js';
import { CATCH_UP_STREAM_EVENTS } from '../works/session.js';
import type { Work } from '../works/works.js';

const TEMPLATE = 'catch-up-template';

/** Creates a contestant's tables and stores what its loads and its catch-up read. */
export async function prepareTables(
  engine: Engine,
  { remote, cannot, table }: ContestantHandle,
  works: readonly Work[],
): Promise<void> {
  await remote.createTables(null);
  for (const work of works) {
    if (cannot[work.id] !== undefined) continue;
    if (work.kind === 'catch-up') {
      await remote.createTables(work);
      await remote.seedCatchUp(work, TEMPLATE);
      const streams = work.size / CATCH_UP_STREAM_EVENTS;
      const copies = Array.from({ length: streams - 1 }, (_, index) => `catch-up-${String(index).padStart(6, '0')}`);
      await engine.remote.copySeeds(table, TEMPLATE, copies);
    } else await remote.seed(work);
  }
  await engine.remote.flushSeeds(table);
}
