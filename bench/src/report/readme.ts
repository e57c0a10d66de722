import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import type { Results } from './results.js';
import { detailTable, faultsTable, goalTable, markdown, ratioTable, unitTable } from './tables.js';

const BEGIN = '<!-- results -->';
const END = '<!-- /results -->';

/** Puts the tables of a run between the marks of a Markdown file. */
export async function writeIntoReadme(file: string, results: Results): Promise<void> {
  const text = await readFile(file, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${file} has no ${BEGIN} … ${END} to put the results between.`);
  const whole = `${text.slice(0, begin + BEGIN.length)}\n\n${sections(results)}\n\n${text.slice(end)}`;
  await writeFile(file, await format(whole, { ...(await resolveConfig(file)), filepath: file }));
}

function sections({ environment, plan, works, cells, goals }: Results): string {
  const contestants = [...new Set(cells.map(({ contestant }) => contestant))];
  const packages = Object.entries(environment.packages).map(([name, version]) => `${name} ${version}`);
  return [
    `Measured on ${environment.date.slice(0, 10)} with Node ${environment.node}, ${environment.cores} cores ` +
      `(${environment.cpu}), ${environment.memoryGb} GB; ${plan.rounds} rounds, ${plan.catchUpRounds} of the projection. ${packages.join(', ')}.`,
    '### Goals',
    markdown(goalTable(goals)),
    '### Client CPU',
    'Ratio to the floor within a round, median over the rounds; in brackets the floor’s own CPU, median as well, so that ' +
      'the quotient of two medians may be another. `!`: less is promised, or the answer is wrong; see below. `–`: cannot do it.',
    markdown(ratioTable(works, contestants, cells)),
    '### Units and requests',
    'What a load reads is the weight of the commits, ids and names included: a commit of one event weighs 5 bytes more here ' +
      'than in [docs/performance.md](../docs/performance.md#length-of-the-stream), and 25 fewer than in ' +
      '[docs/cost.md](../docs/cost.md#loads), where ids are UUIDs: so loads of the same 1,000 take 105 units there, and 112.',
    markdown(unitTable(works, contestants, cells)),
    '### What is wrong, or less than it seems',
    markdown(faultsTable(works, cells)),
    '### Everything else',
    markdown(detailTable(works, cells)),
  ].join('\n\n');
}
