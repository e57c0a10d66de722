import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Endpoints } from '../engine/engine-process.js';
import { connectChild, type Remote } from '../rpc.js';
import type { WorkId } from '../works/works.js';
import type { ContestantMethods } from './contestant-process.js';
import type { Entrant } from './roster.js';

/** An entrant in a process of its own. */
export interface ContestantHandle {
  readonly entrant: Entrant;
  /** What the names of its tables begin with. */
  readonly table: string;
  readonly cannot: Partial<Readonly<Record<WorkId, string>>>;
  readonly remarks: Partial<Readonly<Record<WorkId, string>>>;
  readonly remote: Remote<ContestantMethods>;
  stop(): Promise<void>;
}

/** @param nodeOptions For the process, such as `--cpu-prof`. */
export async function startContestant(
  entrant: Entrant,
  endpoints: Endpoints,
  nodeOptions: readonly string[],
): Promise<ContestantHandle> {
  const child = fork(new URL('./contestant-process.js', import.meta.url), {
    execArgv: ['--no-warnings', ...nodeOptions],
  });
  const remote = connectChild<ContestantMethods>(child, entrant.id);
  const file = new URL(`../${entrant.file}`, import.meta.url).href;
  // No name of a table is the beginning of another contestant's.
  const table = `${entrant.id}.bench`;
  const { cannot, remarks = {} } = await remote.start({ file, table, endpoints }).catch((error: unknown) => {
    child.kill();
    throw error;
  });
  return {
    entrant,
    table,
    cannot,
    remarks,
    remote,
    stop: async () => {
      const ended = once(child, 'exit');
      await remote.close();
      await ended;
    },
  };
}
