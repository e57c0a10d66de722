/** What `npm run bench` and `bench:…` start: builds what has to be built, installs the peers, runs a program of the bench. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bench = fileURLToPath(new URL('.', import.meta.url));
const root = join(bench, '..');
const library = join(root, 'libs/dynamo-event-store');
const given = process.argv.slice(2);
const [program, args] = given[0] === '--program' ? [given[1], given.slice(2)] : ['bench.js', given];

/** Time of the newest file below a folder. */
function newest(folder) {
  const times = readdirSync(folder, { recursive: true }).map((name) => statSync(join(folder, name)).mtimeMs);
  return Math.max(0, ...times);
}

function isBuilt(source, entry) {
  return existsSync(entry) && statSync(entry).mtimeMs >= newest(source);
}

function run(command, ...args) {
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

function must(done, what) {
  if (done) return;
  console.error(`${what} failed.`);
  process.exit(1);
}

if (!isBuilt(join(library, 'src'), join(library, 'dist/index.js')))
  must(run('npm', 'run', '--silent', 'build:lib'), 'Building the library');
if (!isBuilt(join(bench, 'src'), join(bench, 'dist/bench.js')))
  must(
    run(process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', join(bench, 'tsconfig.build.json')),
    'Building the bench',
  );

const peers = join(bench, 'peers');
const PEERS = /castore|ocoda|event-store-adapter-js/;
const contestants = args.includes('--contestants') ? args[args.indexOf('--contestants') + 1] : 'castore';
const WITHOUT_PEERS = ['--smoke', '--tables', '--help'];
const wantsPeers = PEERS.test(contestants) && !WITHOUT_PEERS.some((option) => args.includes(option));
if (
  wantsPeers &&
  !existsSync(join(peers, 'node_modules')) &&
  !run('npm', 'ci', '--prefix', peers, '--no-audit', '--no-fund')
)
  console.warn('The other stores could not be installed: the bench runs without them, and without charts.');

const { status } = spawnSync(process.execPath, ['--no-warnings', join(bench, 'dist', program), ...args], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
