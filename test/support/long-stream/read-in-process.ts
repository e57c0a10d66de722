import { execFile } from 'node:child_process';
import type { Reading, ReadingConfig } from './program/messages.js';

export interface ReadingResult {
  /** `undefined` when the process ended otherwise. */
  readonly reading: Reading | undefined;
  /** What V8 says when the heap is full, if it was. */
  readonly outOfMemory: boolean;
  readonly stderr: string;
}

/** Runs the program in a process whose heap of old objects is no larger than so many MB. */
export function readInProcess(program: string, heapMb: number, config: ReadingConfig): Promise<ReadingResult> {
  const args = [`--max-old-space-size=${heapMb}`, '--no-warnings', program, JSON.stringify(config)];
  // The options of this process are not for the child.
  const env = { PATH: process.env['PATH'] };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env }, (error, stdout, stderr) => {
      resolve({
        reading: error === null ? (JSON.parse(stdout) as Reading) : undefined,
        outOfMemory: stderr.includes('heap out of memory'),
        stderr: stderr.slice(0, 2_000),
      });
    });
  });
}
