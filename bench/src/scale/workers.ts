import { fork, type ChildProcess } from 'node:child_process';
import type { Engine } from '../engine/engine.js';
import { connectChild, type Remote } from '../rpc.js';
import type { ScaleMethods } from './scale-process.js';

export type Worker = Remote<ScaleMethods>;

/** Runs something with a process of its own, whose table this is. */
export async function withWorker<T>(
  engine: Engine,
  table: string,
  work: (worker: Worker) => Promise<T>,
  nodeOptions: readonly string[] = [],
): Promise<T> {
  const child: ChildProcess = fork(new URL('./scale-process.js', import.meta.url), {
    execArgv: ['--no-warnings', ...nodeOptions],
  });
  try {
    const worker = connectChild<ScaleMethods>(child, table);
    await worker.start(engine.endpoints, table);
    return await work(worker);
  } finally {
    child.kill();
  }
}
