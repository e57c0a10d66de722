import 'reflect-metadata';
import { runProgram, startOrderService } from './bootstrap.js';
import { loadConfig } from './config.js';

await runProgram(async () => {
  await startOrderService(loadConfig(process.env));
});
