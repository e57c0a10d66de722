import { report } from './report.js';

/** Imports the modules that it is given, one after the other, and says what that took. */
const [wall, cpu] = [performance.now(), process.cpuUsage()];
for (const name of process.argv.slice(2)) await import(name);
const { user, system } = process.cpuUsage(cpu);
report({ wallMs: performance.now() - wall, cpuMs: (user + system) / 1_000 });
