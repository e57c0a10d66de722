/**
 * Puts the documents into the package, with links that lead somewhere there: sources are in `src`; of what is not packed,
 * such as tests, the words remain, and of pictures nothing.
 */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const here = import.meta.dirname;
const root = resolve(here, '../..');
const LINK = /(!?)\[((?:[^[\]]|\[[^\]]*\])*)\]\((?!https?:|#)([^)#]*)(#[^)]*)?\)/g;

for (const each of ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'docs'])
  cpSync(join(root, each), join(here, each), { recursive: true });

const pages = readdirSync(join(here, 'docs'), { recursive: true }).map((name) => join('docs', name));
for (const page of ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', ...pages]) {
  if (!page.endsWith('.md')) continue;
  const text = readFileSync(join(here, page), 'utf8');
  writeFileSync(
    join(here, page),
    text.replace(LINK, (_, image, words, target, anchor = '') => {
      const packed = placeInPackage(resolve(root, dirname(page), target));
      if (packed === undefined) return image === '' ? words : '';
      return `${image}[${words}](${relative(dirname(page), packed)}${anchor})`;
    }),
  );
}

/** Where a file of the repository is in the package; `undefined` when it is not. */
function placeInPackage(file) {
  const path = relative(root, file).replace(/^libs\/dynamo-event-store\//, '');
  const isPacked =
    /^(?:docs|src)\/|^(?:README|CHANGELOG|CONTRIBUTING)\.md$|^LICENSE$/.test(path) && !/\.spec\./.test(path);
  return isPacked && existsSync(join(here, path)) ? path : undefined;
}
