import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DynamoEventStore } from 'nestjs-dynamo-event-store';
import type { ImportReport } from 'nestjs-dynamo-event-store/transfer';
import { buildCli, startCli, type CliBuild, type CliResult } from '../support/cli-process.js';
import { testClient, testClientConfig, uniqueTableName } from '../support/dynamodb.js';
import { linesOfExport, withoutHeader } from '../support/transferred-streams.js';
import { watchEndpoint, type WatchedEndpoint } from '../support/watched-endpoint.js';

const STREAMS = 60;
const client = testClient();
const source = new DynamoEventStore({ client, tableName: uniqueTableName('cli') });
let build: CliBuild;
let folder: string;
let door: WatchedEndpoint | undefined;

const { endpoint } = testClientConfig();
const at = (name: string): string => join(folder, name);

function cli(...args: string[]): Promise<CliResult> {
  return startCli(build.program, args).ended;
}

function reportOf({ stdout }: CliResult): ImportReport {
  return JSON.parse(stdout) as ImportReport;
}

async function emptyTable(): Promise<DynamoEventStore> {
  const store = new DynamoEventStore({ client, tableName: uniqueTableName('cli-target') });
  await store.createTable();
  return store;
}

async function exportedTo(name: string): Promise<string> {
  const { code } = await cli('export', '--table', source.tableName, '--endpoint', endpoint, '--out', at(name));
  expect(code).toBe(0);
  return at(name);
}

beforeAll(async () => {
  build = await buildCli();
  folder = await mkdtemp(join(tmpdir(), 'event-store-cli-'));
  await source.createTable();
  for (let index = 0; index < STREAMS; index++) {
    const stream = { aggregate: index % 2 === 0 ? 'order' : 'cart', id: `s-${index}` };
    const noted = { type: 'noted', payload: randomBytes(30_000).toString('base64') };
    const head = await source.append(stream, [noted, noted], { expected: 'none', metadata: { actorId: 'ada' } });
    await source.append(stream, [{ type: 'ended', payload: new Date(0) }], { expected: head });
  }
  await source.closeStream({ aggregate: 'order', id: 's-0' });
  await source.archiveStream({ aggregate: 'order', id: 's-2' });
});
afterEach(async () => {
  await door?.close();
  door = undefined;
});
afterAll(async () => {
  client.destroy();
  await build.remove();
  await rm(folder, { recursive: true, force: true });
});

describe('export and import', () => {
  it('take a table over, and say how much; doing it again changes nothing', async () => {
    const args = ['--table', source.tableName, '--endpoint', endpoint];
    const exported = await cli('export', ...args, '--out', at('all.ndjson'), '--segments', '3', '--json');
    expect(exported.code).toBe(0);
    const counts = { streams: STREAMS, commits: STREAMS * 2 + 1, events: STREAMS * 3 };
    expect(JSON.parse(exported.stdout)).toMatchObject(counts);
    expect(exported.stderr).toMatch(/^ {2}\d+ of \d+ commits$/m);

    const target = await emptyTable();
    const into = ['import', '--table', target.tableName, '--endpoint', endpoint, '--in', at('all.ndjson'), '--json'];
    const dry = await cli(...into, '--dry-run');
    expect(JSON.parse(dry.stdout)).toMatchObject({ dryRun: true, read: counts, stored: counts.commits, present: 0 });
    expect(await linesOfExport({ store: target })).toHaveLength(2);
    expect(JSON.parse((await cli(...into)).stdout)).toMatchObject({ stored: counts.commits, present: 0 });
    expect(withoutHeader(await linesOfExport({ store: target }))).toEqual(
      withoutHeader(await linesOfExport({ store: source })),
    );
    expect(JSON.parse((await cli(...into)).stdout)).toMatchObject({
      stored: 0,
      present: counts.commits,
      conflicts: [],
    });
  });

  it('write the selected streams to the standard output', async () => {
    const { code, stdout } = await cli(
      ...['export', '--table', source.tableName, '--endpoint', endpoint, '--without-tenant', '--aggregate', 'cart'],
    );
    const lines = stdout.trimEnd().split('\n');
    expect([code, lines.length]).toEqual([0, 2 + STREAMS]);
    expect(JSON.parse(lines[0]!).selection).toEqual({
      tenant: null,
      aggregates: ['cart'],
      through: 'listing',
      segments: 1,
    });
  });

  it('refuse a file that was altered before anything is written', async () => {
    const path = await exportedTo('altered.ndjson');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"ada"', '"eve"'));
    const target = await emptyTable();
    const { code, stderr } = await cli('import', '--table', target.tableName, '--endpoint', endpoint, '--in', path);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^dynamo-event-store: The export cannot be used: line 123/),
    ]);
    expect(await linesOfExport({ store: target })).toHaveLength(2);
  });

  it('tell of a conflict, with exit code 1', async () => {
    const path = await exportedTo('conflict.ndjson');
    const target = await emptyTable();
    await target.append({ aggregate: 'order', id: 's-4' }, [{ type: 'other', payload: 1 }], { expected: 'none' });
    const into = ['import', '--table', target.tableName, '--endpoint', endpoint, '--in', path];
    const failed = await cli(...into);
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining('at version 1 of order/s-4')]);
    const reported = await cli(...into, '--on-conflict', 'report', '--json');
    const { conflicts, stored, present, skipped } = reportOf(reported);
    expect([reported.code, conflicts.length, stored + present, skipped]).toEqual([1, 1, STREAMS * 2 + 1 - 2, 1]);
  });
});

describe('an export that is interrupted', () => {
  it.each(['SIGINT', 'SIGKILL'] as const)('by %s goes on where it was', async (signal) => {
    const out = at(`${signal}.ndjson`);
    const args = ['export', '--table', source.tableName, '--endpoint', endpoint, '--out', out];
    door = await watchEndpoint(endpoint, (operation, count) => {
      if (operation !== 'Scan' || count !== 3) return undefined;
      run.child.kill(signal);
      return signal === 'SIGINT' ? run.said('Stopping.') : undefined;
    });
    const run = startCli(build.program, args.with(4, door.url));
    const stopped = await run.ended;
    expect([stopped.code, stopped.signal]).toEqual(signal === 'SIGINT' ? [1, null] : [null, 'SIGKILL']);
    if (signal === 'SIGINT') expect(stopped.stderr).toContain('go on with the same command and --resume');
    expect(existsSync(out)).toBe(false);
    const again = await cli(...args);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('go on with --resume, or delete it')]);

    expect(await cli(...args, '--resume')).toMatchObject({ code: 0 });
    const lines = (await readFile(out, 'utf8')).trimEnd().split('\n');
    expect(withoutHeader(lines)).toEqual(withoutHeader(await linesOfExport({ store: source })));
    expect(existsSync(`${out}.partial`)).toBe(false);
    expect(existsSync(`${out}.checkpoint`)).toBe(false);
  });

  it('does not go on with a file that was altered since', async () => {
    const out = at('touched.ndjson');
    const args = ['export', '--table', source.tableName, '--endpoint', endpoint, '--out', out];
    door = await watchEndpoint(endpoint, (operation, count) => {
      if (operation === 'Scan' && count === 3) run.child.kill('SIGKILL');
      return undefined;
    });
    const run = startCli(build.program, args.with(4, door.url));
    await run.ended;
    const text = await readFile(`${out}.partial`, 'utf8');
    await writeFile(`${out}.partial`, text.replace('"ada"', '"eve"'));
    const { code, stderr } = await cli(...args, '--resume');
    expect([code, stderr]).toEqual([1, expect.stringContaining('is not as it was left')]);
  });
});

describe('an import that is interrupted', () => {
  it('goes on when it is run again', async () => {
    const path = await exportedTo('whole.ndjson');
    const target = await emptyTable();
    // Few at a time, so that most are not under way yet when it is stopped: what is under way ends.
    const few = ['--concurrency', '2'];
    const args = ['import', '--table', target.tableName, '--endpoint', endpoint, '--in', path, '--json', ...few];
    door = await watchEndpoint(endpoint, (operation, count) => {
      if (operation !== 'PutItem' || count !== 40) return undefined;
      run.child.kill('SIGINT');
      return run.said('Stopping.');
    });
    const run = startCli(build.program, args.with(4, door.url));
    const stopped = await run.ended;
    expect([stopped.code, stopped.stderr]).toEqual([
      1,
      expect.stringContaining('Run it again; it goes on from there.'),
    ]);
    const { stored, present } = reportOf(await cli(...args));
    expect(stored + present).toBe(STREAMS * 2 + 1);
    expect(present).toBeGreaterThanOrEqual(39);
    expect(stored).toBeGreaterThan(0);
    expect(withoutHeader(await linesOfExport({ store: target }))).toEqual(
      withoutHeader(await linesOfExport({ store: source })),
    );
  });
});

describe('migrate', () => {
  it('takes a table of castore over as a module says', async () => {
    const TableName = uniqueTableName('castore');
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'aggregateId', AttributeType: 'S' },
          { AttributeName: 'version', AttributeType: 'N' },
        ],
        KeySchema: [
          { AttributeName: 'aggregateId', KeyType: 'HASH' },
          { AttributeName: 'version', KeyType: 'RANGE' },
        ],
      }),
    );
    const timestamp = { S: '2024-01-01T00:00:00.000Z' };
    for (const version of ['1', '2'])
      await client.send(
        new PutItemCommand({
          TableName,
          Item: { aggregateId: { S: 'USERS#1' }, version: { N: version }, type: { S: 'seen' }, timestamp },
        }),
      );
    const module = join(build.folder, 'map.mjs');
    const code = `export const map = ({ id, type, recordedAt }) => ({ aggregate: 'user', id, type, schemaVersion: 1, payload: {}, recordedAt });`;
    await writeFile(module, code);
    const target = await emptyTable();
    const args = [
      'migrate',
      'castore',
      '--from',
      TableName,
      '--table',
      target.tableName,
      '--endpoint',
      endpoint,
      '--json',
    ];
    const dry = await cli(...args, '--map', module, '--dry-run');
    expect(JSON.parse(dry.stdout)).toMatchObject({ dryRun: true, stored: 2, problems: [] });
    const done = await cli(...args, '--map', module);
    expect([done.code, JSON.parse(done.stdout).types]).toEqual([
      0,
      [{ store: 'USERS', type: 'seen', label: 'seen~1', aggregate: 'user', events: 2 }],
    ]);
    expect((await target.head({ aggregate: 'user', id: '1' })).version).toBe(2);
  });
});

describe('the command line', () => {
  it.each([
    [['export']],
    [['export', '--table', 'x', '--segments', '0']],
    [['export', '--table', 'x', '--resume']],
    [['import', '--table', 'x']],
    [['migrate', 'other']],
    [['nonsense']],
  ])('%j is wrong usage, exit code 2', async (args) => {
    const { code, stderr } = await cli(...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining('error:')]);
  });

  it('explains itself', async () => {
    const { code, stdout } = await cli('migrate', 'castore', '--help');
    expect([code, stdout]).toEqual([0, expect.stringContaining('--map <module>')]);
  });

  it('says what to install when commander is missing', async () => {
    const bare = await buildCli(folder);
    const { code, stderr } = await startCli(bare.program, ['export']).ended;
    const missing = /the command line needs (\S+): npm install \1\n$/.exec(stderr)?.[1];
    expect([code, missing]).toEqual([1, 'commander']);
  });

  it('names a table that is not there, with exit code 1', async () => {
    const { code, stderr } = await cli('export', '--table', 'absent', '--endpoint', endpoint);
    expect([code, stderr]).toEqual([1, expect.stringContaining('absent')]);
  });
});
