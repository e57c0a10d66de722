/**
 * Documents quote tested code instead of copying it: below a line `<!-- quote: path#region -->` stands the content of the
 * file, or of its `// #region name` … `// #endregion`, in a code fence. `node test/docs/quotes.mjs` puts the current
 * content in; `documents.spec.ts` fails when a document is behind.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

const QUOTE = /<!-- quote: (?<path>[^#\s]+)(?:#(?<region>\S+))? -->\n+```(?<language>\w*)\n(?:[^]*?\n)??```/g;

export function documents() {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', ...docs.map((name) => `docs/${name}`)];
}

export function withCurrentQuotes(markdown) {
  return markdown.replace(QUOTE, (_, path, region, language) => {
    const name = region === undefined ? path : `${path}#${region}`;
    return `<!-- quote: ${name} -->\n\n\`\`\`${language}\n${quoted(path, region)}\n\`\`\``;
  });
}

function quoted(path, region) {
  const text = readFileSync(join(root, path), 'utf8');
  if (region === undefined) return text.trimEnd();
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.trim() === `// #region ${region}`);
  const length = lines.slice(start + 1).findIndex((line) => line.trim() === '// #endregion');
  if (start < 0 || length < 0) throw new Error(`${path} has no region ${region}.`);
  const body = lines.slice(start + 1, start + 1 + length);
  const indent = Math.min(...body.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)));
  return body
    .map((line) => line.slice(indent))
    .join('\n')
    .trimEnd();
}

if (process.argv[1] === import.meta.filename) {
  for (const name of documents()) {
    const path = join(root, name);
    const before = readFileSync(path, 'utf8');
    const after = withCurrentQuotes(before);
    if (after !== before) {
      writeFileSync(path, after);
      console.log(`updated ${name}`);
    }
  }
}
