/**
 * Packs the library, checks the tarball, and uses it from a Nest application that knows nothing of this repository:
 * installed from the tarball with the oldest supported SDK and without the optional peers, type-checked, and run against
 * DynamoDB Local; then the read side and the other entries with the oldest supported optional
 * SDKs. Needs `npm run build` before.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { startLocalDynamoDb } from 'nestjs-dynamo-event-store/testing';

const ENTRIES = [
  ...['testing', 'cost', 'schemas', 'transfer', 'streams', 'lambda', 'sns', 'sqs', 'eventbridge'],
  ...['class-validator', 'kms'],
];
const root = join(import.meta.dirname, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'event-store-package-'));
const run = (command, args, options = {}) => {
  console.log(`$ ${command} ${args.join(' ')}`);
  return execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options });
};

try {
  const tarball = pack();
  const engine = await startLocalDynamoDb({ engine: 'dynamodb-local' });
  try {
    useFromScratch(tarball, engine.endpoint);
  } finally {
    await engine.stop();
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function pack() {
  const [{ filename, files }] = JSON.parse(
    run('npm', ['pack', '--json', '-w', 'nestjs-dynamo-event-store', '--pack-destination', scratch]),
  );
  const paths = files.map(({ path }) => path);
  const unwanted = paths.filter((path) => /\.(?:int-|e2e-)?spec\./.test(path));
  if (unwanted.length > 0) throw new Error(`The package holds tests: ${unwanted.join(', ')}`);
  for (const wanted of [
    'README.md',
    'LICENSE',
    'dist/index.js',
    'dist/index.d.ts',
    'dist/index.js.map',
    'dist/cli/main.js',
    ...ENTRIES.map((entry) => `dist/${entry}/index.js`),
  ]) {
    if (!paths.includes(wanted)) throw new Error(`The package lacks ${wanted}.`);
  }
  const dead = paths.filter((path) => path.endsWith('.md')).flatMap((path) => deadLinks(path, paths));
  if (dead.length > 0) throw new Error(`Links in the package lead nowhere: ${dead.join(', ')}`);
  const tarball = join(scratch, filename);
  console.log(run('npx', ['--no', 'publint', 'run', tarball, '--strict']));
  console.log(run('npx', ['--no', 'attw', tarball, '--profile', 'esm-only']));
  return tarball;
}

/** What a page of the package, as `npm pack` leaves it in the library's folder, links to in vain. */
function deadLinks(page, paths) {
  const text = readFileSync(join(root, 'libs/dynamo-event-store', page), 'utf8');
  return [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
    .map(([, target]) => posix.join(posix.dirname(page), target))
    .filter((target) => !paths.some((path) => path === target || path.startsWith(`${target}/`)));
}

function useFromScratch(tarball, endpoint) {
  const library = JSON.parse(readFileSync(join(root, 'libs/dynamo-event-store/package.json'), 'utf8'));
  const { version: typescript } = JSON.parse(readFileSync(join(root, 'node_modules/typescript/package.json'), 'utf8'));
  const required = Object.entries(library.peerDependencies).filter(
    ([name]) => !library.peerDependenciesMeta[name]?.optional,
  );
  const dependencies = Object.fromEntries(required);
  dependencies['@aws-sdk/client-dynamodb'] = dependencies['@aws-sdk/client-dynamodb'].replace('^', '');
  dependencies['nestjs-dynamo-event-store'] = `file:${tarball}`;
  const devDependencies = { typescript, '@types/node': '^20.0.0' };
  cpSync(join(import.meta.dirname, 'scratch'), scratch, { recursive: true });
  writeFileSync(
    join(scratch, 'package.json'),
    JSON.stringify({ private: true, type: 'module', dependencies, devDependencies }, null, 2),
  );
  const options = { cwd: scratch };
  run('npm', ['install', '--no-audit', '--no-fund'], options);
  console.log(run('npx', ['--no', 'tsc'], options));
  const environment = { ...options, env: { ...process.env, DYNAMODB_ENDPOINT: endpoint } };
  console.log(run('node', ['out/main.js'], environment));

  const optional = Object.entries(library.peerDependencies).filter(([name]) => name.startsWith('@aws-sdk/'));
  const oldest = optional.map(([name, range]) => `${name}@${range.replace('^', '')}`);
  // The newest one: the declarations of the oldest do not fit those of its own dependencies.
  const validator = `class-validator@${library.peerDependencies['class-validator']}`;
  run('npm', ['install', '--no-audit', '--no-fund', ...oldest, validator], options);
  console.log(run('npx', ['--no', 'tsc', '--', '-p', 'read-side'], options));
  console.log(run('node', ['out/read-side/main.js'], environment));
}
