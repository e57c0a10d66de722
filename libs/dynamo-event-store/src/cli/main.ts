#!/usr/bin/env node
import { missingPackageOf } from './missing-package.js';

void main();

async function main(): Promise<void> {
  try {
    // Before anything else: it has no part in the store, so it is the first to be missing where packages are picked by hand.
    await import('commander');
    const { runProgram } = await import('./program.js');
    process.exitCode = await runProgram(process.argv);
  } catch (error) {
    const missing = missingPackageOf(error);
    if (missing === undefined) throw error;
    process.stderr.write(`dynamo-event-store: the command line needs ${missing}: npm install ${missing}\n`);
    process.exitCode = 1;
  }
}
