import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { readSchemaLock } from 'nestjs-dynamo-event-store/schemas';
import { schemasCommand } from '../../libs/dynamo-event-store/src/cli/schemas-command.js';
import { SchemaProject } from '../support/schema-project.js';

const project = new SchemaProject();
afterAll(() => {
  project.remove();
});
afterEach(() => {
  process.exitCode = undefined;
});

const source = (body: string): SchemaProject =>
  project.write(
    'src/a.ts',
    `import { Aggregate, AggregateRoot, DomainEvent, EventHandler } from 'nestjs-dynamo-event-store'; ${body}`,
  );

async function run(...args: string[]): Promise<{ readonly lines: string; readonly code: unknown }> {
  const printed: string[] = [];
  process.exitCode = undefined;
  const [action = '', ...options] = args;
  const files = ['--project', project.tsconfig, '--lock', project.lock];
  await schemasCommand((line) => printed.push(line)).parseAsync([action, ...files, ...options], { from: 'user' });
  const code = process.exitCode;
  process.exitCode = undefined;
  return { lines: printed.join('\n').replaceAll(project.folder, '…'), code };
}

describe('schemas check and schemas write', () => {
  it('ask for the file, write it, and check it', async () => {
    source(`@DomainEvent({ name: 'placed' }) class Placed { at = ''; }
      @Aggregate({ name: 'order' }) class Order extends AggregateRoot { @EventHandler(Placed) on(): void {} }`);
    expect(await run('check')).toEqual({
      lines: 'there is no lock file of the event schemas. Run `dynamo-event-store schemas write` and commit the file',
      code: 1,
    });
    expect(await run('write')).toEqual({ lines: '…/event-schemas.json: 1 event locked; commit it', code: undefined });
    expect(await run('check')).toEqual({ lines: '…/event-schemas.json: 1 event as locked', code: undefined });
    expect(await run('write')).toEqual({ lines: '…/event-schemas.json: nothing to write', code: undefined });
    expect(JSON.parse(readFileSync(project.lock, 'utf8'))).toEqual({
      format: 1,
      events: {
        placed: {
          version: 1,
          aliases: [],
          aggregates: ['order'],
          versions: { 1: { fields: { at: { type: 'string' } } } },
        },
      },
    });
  });

  it('leave a file alone that says the same in another format', async () => {
    const text = JSON.stringify(JSON.parse(readFileSync(project.lock, 'utf8')));
    writeFileSync(project.lock, text);
    expect((await run('write')).lines).toContain('nothing to write');
    expect(readFileSync(project.lock, 'utf8')).toBe(text);
  });

  it('refuse with a line per finding, and write nothing', async () => {
    source(`@DomainEvent({ name: 'placed' }) class Placed { at = 0; by = ''; }
      @Aggregate({ name: 'order' }) class Order extends AggregateRoot { @EventHandler(Placed) on(): void {} }`);
    const { lines, code } = await run('check');
    expect(code).toBe(1);
    expect(lines.split('\n')).toEqual([
      expect.stringMatching(/^placed version 1, at: string → number\. Set version: 2 .*\(src\/a\.ts:1\)$/),
      expect.stringMatching(/^placed version 1, by: added as required string\. Set version: 2 .*$/),
    ]);
    const before = readFileSync(project.lock, 'utf8');
    const written = await run('write', '--allow-optional');
    expect(written.code).toBe(1);
    expect(written.lines).toContain('…/event-schemas.json was not written.');
    expect(readFileSync(project.lock, 'utf8')).toBe(before);
    expect((await run('write', '--relock', 'placed')).code).toBeUndefined();
    expect(readSchemaLock(project.lock)?.events['placed']?.versions['1']?.fields).toEqual({
      at: { type: 'number' },
      by: { type: 'string' },
    });
  });

  it('give up events and aggregates only by name', async () => {
    expect((await run('write', '--retire', 'unknown')).lines).toContain('retire: "unknown" is not in the lock file.');
    expect((await run('write', '--retire', 'placed')).lines).toContain('the lock says that it is retired');
    expect((await run('write', '--retire-aggregate', 'order')).lines).toContain('is still in the code');
    source(`@DomainEvent({ name: 'placed' }) class Placed { at = 0; by = ''; }`);
    expect((await run('write')).lines).toContain('aggregate order, whose streams hold it, is no longer in the code');
    expect((await run('write', '--retire-aggregate', 'order')).code).toBeUndefined();
    source(`@DomainEvent({ name: 'paid' }) class Paid {}`);
    expect((await run('check')).lines.split('\n')).toEqual([
      expect.stringMatching(/^placed version 1: no class .*schemas write --retire placed`$/),
      expect.stringMatching(/^paid version 1: it is not locked yet\. Run/),
    ]);
    expect((await run('write', '--relock', 'placed')).lines).toContain('no class in the code has the event name');
    expect((await run('write', '--retire', 'placed')).code).toBeUndefined();
    expect(readSchemaLock(project.lock)?.events['placed']).toMatchObject({
      retired: true,
      versions: { 1: { fields: { at: { type: 'number' } } } },
    });
    expect(await run('check')).toMatchObject({ code: undefined });
  });

  it.each([
    ['{', /is not JSON/],
    ['[]', /is not a lock file/],
    ['{"format":2,"events":{}}', /is of format 2; this version of the package knows format 1/],
    ['{"format":1,"events":{"a":{}}}', /damaged at event "a"/],
  ])('refuse the lock file %s', async (text, message) => {
    writeFileSync(project.lock, text);
    for (const action of ['check', 'write']) {
      const { lines, code } = await run(action);
      expect(lines).toMatch(message);
      expect(code).toBe(1);
    }
    expect(readFileSync(project.lock, 'utf8')).toBe(text);
    rmSync(project.lock);
  });

  it('tell when there is no project', async () => {
    const { lines, code } = await run('check', '--project', `${project.folder}/none.json`);
    expect(lines).toMatch(/^tsconfig: …\/none\.json cannot be read/);
    expect(code).toBe(1);
  });
});
