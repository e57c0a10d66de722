import { execFile } from 'node:child_process';

/** Runs a program that ends with `report` in a process of its own. */
export function startProcess<T>(program: string, args: readonly string[]): Promise<T> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['--no-warnings', program, ...args], (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`${program} failed: ${stderr.slice(0, 2_000)}`, { cause: error }));
      else resolve(JSON.parse(stdout) as T);
    });
  });
}
