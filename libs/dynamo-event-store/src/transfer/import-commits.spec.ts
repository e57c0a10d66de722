import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { commit, contiguous, stream, tombstone } from '../../../../test/support/hand-made-log.js';
import { linesOfExport, withoutHeader } from '../../../../test/support/transferred-streams.js';
import type { Commit } from '../store/commit.js';
import { InMemoryEventStore } from '../testing/in-memory-event-store.js';
import { ExportTally } from './export-format.js';
import { formatCommitLine } from './commit-line.js';
import { importCommits, linesOf, verifyExport, type ImportReport } from './index.js';

const HEADER = JSON.stringify({
  format: 'nestjs-dynamo-event-store/commits',
  version: 1,
  selection: { through: 'scan', segments: 1 },
  exportedAt: '2026-01-01T00:00:00.000Z',
});

/** An export of these commits, whether or not any store would give it. */
function exportOf(commits: readonly Commit[], header = HEADER): string[] {
  const tally = new ExportTally();
  tally.add(header);
  const lines = commits.map((each) => {
    const found = { commit: each, archived: false, segment: undefined };
    const line = formatCommitLine(found);
    tally.add(line, found);
    return line;
  });
  return [header, ...lines, tally.trailer()];
}

const inAnHour = Math.ceil(Date.now() / 1000) + 3600;

async function versionsIn(store: InMemoryEventStore): Promise<number[]> {
  const versions: number[] = [];
  for await (const { version } of store.read(stream)) versions.push(version);
  return versions;
}

describe('an import', () => {
  it('keeps versions, ids, times and metadata, and what is sealed in an event', async () => {
    const sealed = commit(1, 1, {
      body: '[[0,{"name":null},[["k.1","ABC"]]]]',
      metadata: { actorId: 'ada' },
      recordedAt: 5,
    });
    const lines = exportOf([sealed, commit(2, 2)]);
    expect(JSON.parse(lines[1]!)).toEqual({
      stream,
      version: 1,
      commitId: 'c-1',
      recordedAt: '1970-01-01T00:00:00.005Z',
      metadata: { actorId: 'ada' },
      events: [{ type: 'counted~1', payload: { name: null }, sealed: [['k.1', 'ABC']] }],
    });
    const store = new InMemoryEventStore();
    await importCommits(store, lines);
    expect(withoutHeader(await linesOfExport({ store }))).toEqual(withoutHeader(lines));
  });

  it('keeps a body that would not read back the same as it is', async () => {
    const odd = commit(1, 1, { body: '[[0, 1.0]]', types: ['counted~1', 'unused~1'] });
    const lines = exportOf([odd]);
    expect(JSON.parse(lines[1]!)).toMatchObject({ text: '[[0, 1.0]]', types: ['counted~1', 'unused~1'], count: 1 });
    const store = new InMemoryEventStore();
    await importCommits(store, lines);
    expect(withoutHeader(await linesOfExport({ store }))).toEqual(withoutHeader(lines));
  });

  it('writes nothing in a dry run, and says what it would write', async () => {
    const store = new InMemoryEventStore();
    const report = await importCommits(store, exportOf([...contiguous(2, 3), tombstone(6)]), { dryRun: true });
    expect(report).toMatchObject({ dryRun: true, stored: 3, present: 0 });
    expect(await linesOfExport({ store })).toHaveLength(2);
  });

  it('archives streams that were archived, also when their commits are there', async () => {
    const source = new InMemoryEventStore();
    await importCommits(source, exportOf(contiguous(1, 1)));
    const before = await linesOfExport({ store: source });
    await source.archiveStream(stream);
    const target = new InMemoryEventStore();
    await importCommits(target, before);
    await importCommits(target, await linesOfExport({ store: source }));
    expect((await target.listStreams(stream.aggregate)).items).toEqual([]);
    expect((await target.listStreams(stream.aggregate, { archived: true })).items).toHaveLength(1);
  });

  it('keeps the unique values that streams hold in the end, whatever the order of the streams', async () => {
    const source = new InMemoryEventStore();
    const email = { scope: 'email', value: 'ann@example.com' };
    const events = [{ type: 'noted', payload: 1 }];
    const of = (id: string) => ({ aggregate: 'customer', id });
    await source.append(of('a'), events, { expected: 'none', reserve: [email, { scope: 'email', value: 'a' }] });
    await source.append(of('a'), events, { expected: 'any', release: [email] });
    await source.append(of('b'), events, { expected: 'none', reserve: [email] });
    const [header = '', ...lines] = await linesOfExport({ store: source });
    expect(lines.join()).not.toContain('ann@example.com');
    const trailer = lines.pop() ?? '';
    // The stream that holds it now comes before the one that held it first.
    const turned = [
      header,
      ...lines.toSorted((x, y) => (x.includes('"id":"b"') ? -1 : 1) - (y.includes('"id":"b"') ? -1 : 1)),
    ];
    const sha256 = createHash('sha256')
      .update(turned.map((line) => `${line}\n`).join(''))
      .digest('hex');
    const target = new InMemoryEventStore();
    await importCommits(target, [...turned, JSON.stringify({ ...(JSON.parse(trailer) as object), sha256 })]);
    expect(await target.reservationOf(email)).toEqual(of('b'));
    expect(await target.reservationOf({ scope: 'email', value: 'a' })).toEqual(of('a'));
    await expect(target.append(of('c'), events, { expected: 'none', reserve: [email] })).rejects.toMatchObject({
      code: 'VALUE_TAKEN',
    });
    expect(withoutHeader(await linesOfExport({ store: target })).toSorted()).toEqual(
      withoutHeader(await linesOfExport({ store: source })).toSorted(),
    );
    await target.purgeStream(of('b'));
    expect(await target.reservationOf(email)).toBeUndefined();
  });

  it('reports a unique value that another stream of the target holds', async () => {
    const [source, target] = [new InMemoryEventStore(), new InMemoryEventStore()];
    const reserve = [{ scope: 'email', value: 'x' }];
    const events = [{ type: 'noted', payload: 1 }];
    await source.append({ aggregate: 'customer', id: 'a' }, events, { expected: 'none', reserve });
    await target.append({ aggregate: 'customer', id: 'z' }, events, { expected: 'none', reserve });
    const lines = await linesOfExport({ store: source });
    await expect(importCommits(target, lines)).rejects.toThrow(/customer\/a.*customer\/z holds the value of "email"/s);
    const { conflicts, present } = await importCommits(target, lines, { onConflict: 'report' });
    expect([conflicts.map(({ stream: { id } }) => id), present]).toEqual([['a'], 1]);
  });

  it('can be appended to, and is listed', async () => {
    const store = new InMemoryEventStore();
    await importCommits(store, exportOf(contiguous(2, 3)));
    await store.append(stream, [{ type: 'counted', payload: 6 }], { expected: 5 });
    expect(await versionsIn(store)).toEqual([1, 2, 3, 4, 5, 6]);
    const { items } = await store.listStreams(stream.aggregate);
    expect(items).toEqual([{ stream, createdAt: new Date(1000) }]);
  });

  it.each<[string, Partial<Commit>]>([
    ['id', { commitId: 'other' }],
    ['time', { recordedAt: 1 }],
    ['events', { body: '[[0,7]]' }],
    ['types', { types: ['renamed~1'] }],
    ['metadata', { metadata: { actorId: 'eve' } }],
    ['time to live', { ttl: inAnHour }],
  ])('refuses a commit in the place of one with another %s', async (_, change) => {
    for (const dryRun of [true, false]) {
      const store = new InMemoryEventStore();
      await importCommits(store, exportOf([commit(1, 1)]));
      const other = exportOf([commit(1, 1, change), commit(2, 1)]);
      const conflict = { code: 'IMPORT_CONFLICT', stream, version: 1 };
      await expect(importCommits(store, other, { dryRun })).rejects.toMatchObject(conflict);
      expect(await versionsIn(store)).toEqual([1]);
    }
  });

  it.each<[string, Commit[], Commit[]]>([
    ['without its predecessor', [], [commit(3, 1)]],
    ['after a gap in the target', contiguous(1), [commit(3, 1)]],
    ['inside a commit of the target', contiguous(3), [commit(3, 1)]],
    ['after a gap in the export', [], [commit(1, 1), commit(3, 1)]],
    ['after the end of a closed stream', [], [commit(1, 1), tombstone(2), commit(2, 1)]],
    ['in front of what is left of a stream', [commit(5, 1, { ttl: inAnHour })], [commit(1, 1, { ttl: inAnHour })]],
  ])('refuses a commit %s', async (_, before, commits) => {
    for (const dryRun of [true, false]) {
      const store = new InMemoryEventStore();
      await importCommits(store, exportOf(before));
      await expect(importCommits(store, exportOf(commits), { dryRun })).rejects.toMatchObject({
        code: 'IMPORT_CONFLICT',
      });
      const last = commits.at(-1)!;
      expect((await versionsIn(store)).filter((version) => version > last.version)).toEqual(
        before.map(({ version }) => version).filter((version) => version > last.version),
      );
    }
  });

  it('takes what is left of a stream under retention, and leaves out what has expired', async () => {
    const store = new InMemoryEventStore();
    const expired = commit(3, 1, { ttl: 1 });
    const left = [commit(4, 1, { ttl: inAnHour }), commit(5, 1, { ttl: inAnHour })];
    const report = await importCommits(store, exportOf([expired, ...left]));
    expect([report.stored, report.expired]).toEqual([2, 1]);
    expect(await versionsIn(store)).toEqual([4, 5]);
    expect(await importCommits(store, exportOf([expired, ...left]))).toMatchObject({ stored: 0, present: 2 });
  });

  it('reports conflicts when it is asked to, one for each stream, and goes on with the others', async () => {
    const store = new InMemoryEventStore();
    const others = ['o-2', 'o-3'].map((id) => commit(1, 1, { stream: { ...stream, id } }));
    await importCommits(store, exportOf([commit(1, 1, { commitId: 'other' })]));
    const report = await importCommits(store, exportOf([...contiguous(1, 1, 1), ...others]), { onConflict: 'report' });
    expect(report).toMatchObject({ stored: 2, present: 0, skipped: 2 });
    expect(report.conflicts.map(({ stream: { id }, version }) => [id, version])).toEqual([[stream.id, 1]]);
  });

  it('tells how far it is, and can be stopped and run again', async () => {
    const lines = exportOf(contiguous(...Array.from({ length: 30 }, () => 1)));
    const store = new InMemoryEventStore();
    const controller = new AbortController();
    const reports: ImportReport[] = [];
    const onProgress = (report: ImportReport): void => {
      reports.push(report);
      if (report.stored === 10) controller.abort();
    };
    const options = { signal: controller.signal, concurrency: 1, onProgress };
    const stopped = importCommits(store, lines, options);
    await expect(stopped).rejects.toMatchObject({ code: 'IMPORT_INTERRUPTED', retryable: true });
    expect(reports.map(({ stored }) => stored)).toEqual(reports.map((_, index) => index + 1));
    const stored = reports.length;
    expect(await importCommits(store, lines)).toMatchObject({ stored: 30 - stored, present: stored });
  });

  it('refuses a concurrency that is none', async () => {
    const store = new InMemoryEventStore();
    await expect(importCommits(store, [], { concurrency: 0 })).rejects.toMatchObject({ argument: 'concurrency' });
  });
});

describe('the lines of a file', () => {
  const read = async (bytes: readonly number[]): Promise<string[]> => {
    const lines: string[] = [];
    for await (const line of linesOf(Readable.from([Uint8Array.from(bytes)]))) lines.push(line);
    return lines;
  };

  it('end with a line feed and nothing else', async () => {
    const text = 'a\u2028b\r\n\uFEFFc\n';
    expect(await read([...Buffer.from(text)])).toEqual(['a\u2028b\r', '\uFEFFc']);
  });

  it('are refused when they are not UTF-8, even where that would read as the character for it', async () => {
    const replacement = [...Buffer.from('\uFFFD\n')];
    expect(await read(replacement)).toEqual(['\uFFFD']);
    await expect(read(replacement.with(2, 0x20))).rejects.toMatchObject({ code: 'EXPORT_DAMAGED', line: 1 });
  });
});

describe('what is not an export', () => {
  const lines = exportOf(contiguous(1, 1));
  it.each<[string, string[], number]>([
    ['no lines', [], 1],
    ['another file', ['{"a":1}'], 1],
    ['a later format', [HEADER.replace('"version":1', '"version":2'), ...lines.slice(1)], 1],
    ['a commit without a version', [HEADER, lines[1]!.replace('"version"', '"v"')], 2],
    ['no last line', lines.slice(0, -1), 4],
    ['a line less', [...lines.slice(0, 2), lines.at(-1)!], 3],
    ['a line twice', [lines[0]!, lines[1]!, ...lines.slice(1)], 5],
    ['something after the end', [...lines, lines[1]!], 5],
  ])('%s', async (_, given, line) => {
    await expect(verifyExport(given)).rejects.toMatchObject({ code: 'EXPORT_DAMAGED', line });
  });
});
