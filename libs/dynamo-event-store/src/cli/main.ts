#!/usr/bin/env node
import { missingPackageOf } from './missing-package.js';

try {
  // Before anything else, since it is what is missing most likely.
  await import('commander');
  const { runProgram } = await import('./program.js');
  process.exitCode = await runProgram(process.argv);
} catch (error) {
  const missing = missingPackageOf(error);
  if (missing === undefined) throw error;
  process.stderr.write(`dynamo-event-store: the command line needs ${missing}: npm install ${missing}\n`);
  process.exitCode = 1;
}
