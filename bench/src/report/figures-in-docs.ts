import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import type { Environment } from './environment.js';

const DOCUMENT = fileURLToPath(new URL('../../../docs/performance.md', import.meta.url));

/**
 * Puts texts between their marks in docs/performance.md: `<!-- measured: name -->` … `<!-- /measured -->`.
 * @param run The mark `<name> run` gets what it was measured on, and how often.
 */
export async function writeFigures(
  texts: Readonly<Record<string, string>>,
  environment: Environment,
  run: { readonly name: string; readonly extent: string },
): Promise<void> {
  let document = await readFile(DOCUMENT, 'utf8');
  const all = { ...texts, [`${run.name} run`]: describe(environment, run.extent) };
  for (const [name, text] of Object.entries(all)) document = withText(document, name, text);
  await writeFile(DOCUMENT, await format(document, { ...(await resolveConfig(DOCUMENT)), filepath: DOCUMENT }));
}

function describe({ date, node, cpu, cores, memoryGb, packages }: Environment, extent: string): string {
  const sdk = packages['@aws-sdk/client-dynamodb'] ?? 'unknown';
  return `Measured on ${date.slice(0, 10)} with Node ${node}, ${cores} cores (${cpu}), ${memoryGb} GB, AWS SDK ${sdk}; ${extent}.`;
}

function withText(document: string, name: string, text: string): string {
  const begin = `<!-- measured: ${name} -->`;
  const at = document.indexOf(begin);
  const end = document.indexOf('<!-- /measured -->', at);
  if (at < 0 || end < 0) throw new Error(`docs/performance.md has no ${begin} … <!-- /measured -->.`);
  return `${document.slice(0, at + begin.length)}\n\n${text}\n\n${document.slice(end)}`;
}
