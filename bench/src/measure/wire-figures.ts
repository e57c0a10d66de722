import type { ContestantHandle } from '../contestants/contestant-handle.js';
import type { Engine } from '../engine/engine.js';
import type { Metered } from '../engine/meter.js';
import type { Work } from '../works/works.js';
import { Batches } from './batches.js';
import { limitOf } from './plan.js';

/** What one operation sends and costs; also records what the null engine has to know of the work. */
export async function meter(engine: Engine, contestant: ContestantHandle, work: Work): Promise<Metered> {
  const batches = new Batches(contestant, 'record', work);
  const operations = limitOf(work) ?? 1;
  await batches.prepare(operations);
  await engine.remote.startMeter();
  await contestant.remote.run('record', work, operations);
  const metered = await engine.remote.stopMeter();
  return {
    requests: Object.fromEntries(Object.entries(metered.requests).map(([name, count]) => [name, count / operations])),
    writeUnits: metered.writeUnits / operations,
    readUnits: metered.readUnits / operations,
    bytesOut: Math.round(metered.bytesOut / operations),
    bytesIn: Math.round(metered.bytesIn / operations),
    disagreements: metered.disagreements,
  };
}

/** Whether as many requests are made of the null engine; else what is measured there is something else. */
export async function faultOnNullEngine(
  engine: Engine,
  batches: Batches,
  operations: number,
  metered: Metered,
): Promise<string | undefined> {
  await batches.prepare(operations);
  await engine.remote.takeServed();
  const batch = await batches.run(operations);
  const served = await engine.remote.takeServed();
  const expected = Object.fromEntries(
    Object.entries(metered.requests).map(([name, count]) => [name, Math.round(count * batch.operations)]),
  );
  const [a, b] = [describeCounts(served), describeCounts(expected)];
  return a === b ? undefined : `makes ${a} of the null engine, but ${b} of DynamoDB Local`;
}

function describeCounts(counts: Readonly<Record<string, number>>): string {
  const names = Object.keys(counts).sort();
  return names.map((name) => `${counts[name] ?? 0} ${name}`).join(' + ');
}
