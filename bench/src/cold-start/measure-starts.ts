import { fileURLToPath } from 'node:url';
import type { Engine } from '../engine/engine.js';
import { WrongAnswerError } from '../program.js';
import type { Bundles } from './bundles.js';
import type { StartSummary } from './cold-start-results.js';
import { summaryOf } from './measure-imports.js';
import { STARTS, type Packaging, type StartRun } from './plan.js';
import { NEXT, type StartFigures } from './programs/first-appends.js';
import { startProcess } from './start-process.js';

/** Fresh processes that append to the null engine, all kinds in turn. */
export async function measureStarts(
  engine: Engine,
  bundles: Bundles | undefined,
  runs: number,
): Promise<readonly StartSummary[]> {
  const packagings: readonly Packaging[] = bundles === undefined ? ['modules'] : ['modules', 'bundle'];
  const found: StartRun[] = [];
  for (let run = -1; run < runs; run++)
    for (const packaging of packagings)
      for (const { id } of STARTS) {
        await engine.remote.takeServed();
        const figures = await startProcess<StartFigures>(programOf(id, packaging, bundles), [engine.endpoints.null]);
        const { PutItem: puts = 0, ...others } = await engine.remote.takeServed();
        if (puts !== NEXT + 1 || Object.keys(others).length > 0)
          throw new WrongAnswerError(`${id} made ${puts} PutItem and ${JSON.stringify(others)}.`);
        if (run >= 0) found.push({ id, packaging, figures });
      }
  return packagings.flatMap((packaging) => STARTS.map((start) => summarise(start, packaging, found, bundles)));
}

function programOf(id: string, packaging: Packaging, bundles: Bundles | undefined): string {
  if (packaging === 'bundle' && bundles !== undefined) return bundles.path(id);
  return fileURLToPath(new URL(`./programs/${id}.js`, import.meta.url));
}

function summarise(
  { id, title, base }: (typeof STARTS)[number],
  packaging: Packaging,
  found: readonly StartRun[],
  bundles: Bundles | undefined,
): StartSummary {
  const of = (wanted: string) =>
    found.filter((run) => run.id === wanted && run.packaging === packaging).map(({ figures }) => figures);
  const [own, other] = [of(id), of(base)];
  const bytes = packaging === 'bundle' ? bundles?.bytes(id) : undefined;
  return {
    title: packaging === 'bundle' ? `${title}, one file` : title,
    packaging,
    wallMs: summaryOf(own.map(({ first }) => first.wallMs)),
    cpuMs: summaryOf(own.map(({ first }) => first.cpuMs)),
    readyMs: summaryOf(own.map(({ ready }) => ready.wallMs)),
    firstMs: summaryOf(own.map(({ ready, first }) => first.wallMs - ready.wallMs)),
    nextMs: summaryOf(own.map(({ first, next }) => (next.wallMs - first.wallMs) / NEXT)),
    cpuRatio: summaryOf(own.map(({ first }, run) => first.cpuMs / (other[run]?.first.cpuMs ?? Number.NaN))),
    ...(bytes === undefined ? {} : { bytes }),
  };
}
