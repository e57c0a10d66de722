import { createHash } from 'node:crypto';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from '@jest/globals';
import type { StreamId } from 'nestjs-dynamo-event-store';
import { importCommits, migrate, type ForeignEvent, type ForeignSource } from 'nestjs-dynamo-event-store/transfer';
import { InMemoryEventStore } from 'nestjs-dynamo-event-store/testing';

const HEADER = JSON.stringify({
  format: 'nestjs-dynamo-event-store/commits',
  version: 1,
  selection: { through: 'scan', segments: 1 },
  exportedAt: '2026-01-01T00:00:00.000Z',
});

/** An export with a right hash, whatever its commits are. */
function fileOf(...commits: readonly Record<string, unknown>[]): string[] {
  const lines = [HEADER, ...commits.map((commit) => JSON.stringify(commit))];
  const sha256 = createHash('sha256')
    .update(lines.map((line) => `${line}\n`).join(''))
    .digest('hex');
  const events = commits.reduce(
    (sum, { events: list, count }) => sum + ((list as unknown[] | undefined)?.length ?? (count as number)),
    0,
  );
  const streams = new Set(commits.map(({ stream }) => JSON.stringify(stream))).size;
  return [...lines, JSON.stringify({ streams, commits: commits.length, events, sha256 })];
}

const good = (id: string, tenant?: string) => ({
  stream: tenant === undefined ? { aggregate: 'a', id } : { tenant, aggregate: 'a', id },
  version: 1,
  commitId: 'c',
  recordedAt: '2026-01-01T00:00:00.000Z',
  events: [{ type: 'x~1', payload: {} }],
});
const raw = (more: object) => ({
  ...good('bad'),
  events: undefined,
  count: 1,
  types: ['x~1'],
  text: '[[0,{}]]',
  ...more,
});
const event = (more: object) => ({ ...good('bad'), events: [{ type: 'x~1', payload: {}, ...more }] });
const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as unknown;
const frame = (kind: number, type: number, text: string) =>
  Buffer.concat([Buffer.from([kind, 0, type, 0, 0, 0, text.length]), Buffer.from(text)]).toString('base64');
const value = { change: 'reserve', scope: 's', digest: 'd'.repeat(43) };

const HOSTILE: Record<string, Record<string, unknown>> = {
  'a count above its events': raw({ count: 5 }),
  'a count below its events': raw({ text: '[[0,{}],[0,{}]]' }),
  'no count and events': raw({ count: 0 }),
  'text that is no JSON': raw({ text: 'nope' }),
  'text that is no list': raw({ text: '{"0":[0,{}]}' }),
  'an event without payload': raw({ text: '[[0]]' }),
  'an event of a type that is not there': raw({ text: '[[1,{}]]' }),
  'bytes that are no frames': raw({ text: undefined, base64: 'AAAA' }),
  'a frame of an unknown kind': raw({ text: undefined, base64: frame(9, 0, '{}') }),
  'a frame that holds no JSON': raw({ text: undefined, base64: frame(0, 0, 'no') }),
  'a frame of a type that is not there': raw({ text: undefined, base64: frame(0, 7, '{}') }),
  'a type that is no label': event({ type: '@@@' }),
  'a type without version': event({ type: 'x' }),
  'a type without name': event({ type: '~1' }),
  'a date that is none': event({ payload: { d: { $date: 'nope' } } }),
  'a bigint that is none': event({ payload: { n: { $bigint: '1.5' } } }),
  'a map that is none': event({ payload: { m: { $map: [1] } } }),
  'a payload nested too deep': event({ payload: nested(2_000) }),
  'sealed parts that are none': event({ sealed: [['k']] }),
  'sealed parts under no key': event({ sealed: [['nope', 'abc']] }),
  'metadata that is a list': { ...good('bad'), metadata: [1] },
  'metadata that is nothing': { ...good('bad'), metadata: null },
  'metadata with a date that is none': { ...good('bad'), metadata: { at: { $date: 'x' } } },
  'a digest that is none': { ...good('bad'), reservations: [{ ...value, digest: 'x' }] },
  'a scope that is too long': { ...good('bad'), reservations: [{ ...value, scope: 's'.repeat(129) }] },
  'a value that is named twice': { ...good('bad'), reservations: [value, { ...value, change: 'release' }] },
  'a commit id that is too long': { ...good('bad'), commitId: 'c'.repeat(129) },
  'a commit id with half a character': { ...good('bad'), commitId: '\ud800' },
  'a stream id that is too long for a key': { ...good('bad'), stream: { aggregate: 'a', id: 'i'.repeat(2_100) } },
  'a time without time zone': { ...good('bad'), recordedAt: '2026-01-01T00:00' },
  'a time to live beyond all dates': { ...good('bad'), ttl: 8.64e12 + 1 },
  'a version out of range': { ...raw({ count: 2, text: '[[0,{}],[0,{}]]' }), version: Number.MAX_SAFE_INTEGER },
};

async function countIn(store: InMemoryEventStore, stream: StreamId): Promise<number> {
  let count = 0;
  for await (const { version } of store.read(stream)) count = version;
  return count;
}

describe('importCommits()', () => {
  it.each(Object.keys(HOSTILE))('writes nothing of an export with %s', async (what) => {
    const store = new InMemoryEventStore();
    const lines = fileOf(good('first'), HOSTILE[what]!);
    await expect(importCommits(store, () => lines)).rejects.toMatchObject({ code: 'EXPORT_DAMAGED', line: 3 });
    expect(await countIn(store, { aggregate: 'a', id: 'first' })).toBe(0);
  });

  it.each(Object.keys(HOSTILE))('does not store %s from lines that it can read only once', async (what) => {
    const store = new InMemoryEventStore();
    const lines = fileOf(good('first'), HOSTILE[what]!);
    await expect(importCommits(store, lines)).rejects.toMatchObject({ code: 'EXPORT_DAMAGED', line: 3 });
    expect((await store.listStreams('a')).items.map(({ stream }) => stream.id)).toEqual(['first']);
  });

  it('takes all that an append can store', async () => {
    const source = new InMemoryEventStore();
    const payload = { at: new Date(0), n: 2n ** 70n, map: new Map([[{ deep: [[[[-0]]]] }, new Set([1])]]), $date: 'x' };
    const stream = { aggregate: 'a', id: 'i'.repeat(500) };
    await source.append(stream, [{ type: 'x~@%', payload }], {
      expected: 'none',
      commitId: 'c'.repeat(128),
      metadata: { tags: [null, true] },
      reserve: [{ scope: 's'.repeat(128), value: 'v' }],
    });
    await source.closeStream(stream);
    const { exportCommits } = await import('nestjs-dynamo-event-store/transfer');
    const lines: string[] = [];
    for await (const line of exportCommits({ store: source })) lines.push(line);
    const target = new InMemoryEventStore();
    expect(await importCommits(target, () => lines)).toMatchObject({ stored: 2 });
    for await (const { event: stored } of target.read(stream)) expect(stored).toEqual(payload);
  });
});

describe('importCommits() into a store with tenancy', () => {
  const requests = new AsyncLocalStorage<string>();
  const tenancy = { tenant: () => requests.getStore() };

  it('takes no stream without a tenant', async () => {
    const store = new InMemoryEventStore({ tenancy: true });
    const lines = fileOf(good('first', 'acme'), good('second'));
    await expect(importCommits(store, () => lines)).rejects.toMatchObject({
      code: 'TENANT_REQUIRED',
      target: 'a/second',
    });
    expect(await countIn(store, { tenant: 'acme', aggregate: 'a', id: 'first' })).toBe(0);
  });

  it('takes no stream whose metadata names another tenant', async () => {
    const store = new InMemoryEventStore({ tenancy: true });
    const lines = fileOf({ ...good('first', 'acme'), metadata: { tenantId: 'globex' } });
    await expect(importCommits(store, () => lines)).rejects.toMatchObject({ code: 'TENANT_MISMATCH' });
  });

  it('is confined to the tenant whose request it is in', async () => {
    const store = new InMemoryEventStore({ tenancy });
    const lines = fileOf(good('first', 'acme'), good('second', 'globex'));
    await expect(requests.run('acme', () => importCommits(store, () => lines))).rejects.toMatchObject({
      code: 'TENANT_MISMATCH',
    });
    expect(await countIn(store, { tenant: 'acme', aggregate: 'a', id: 'first' })).toBe(0);
    await expect(
      requests.run('acme', () => importCommits(store, () => fileOf(good('first', 'acme')), { tenant: 'globex' })),
    ).rejects.toMatchObject({ code: 'TENANT_MISMATCH' });
    expect(await importCommits(store, () => lines)).toMatchObject({ stored: 2 });
  });

  it.each([
    ['acme', good('second', 'globex')],
    ['acme', good('second')],
    [null, good('second', 'globex')],
  ])('is confined to the tenant %s of its options, without tenancy too', async (tenant, foreign) => {
    const store = new InMemoryEventStore();
    const own = good('first', tenant ?? undefined);
    const confined = (...commits: readonly Record<string, unknown>[]) =>
      importCommits(store, () => fileOf(...commits), { tenant });
    await expect(confined(own, foreign)).rejects.toMatchObject({ code: 'TENANT_MISMATCH' });
    expect(await countIn(store, own.stream)).toBe(0);
    expect(await confined(own)).toMatchObject({ stored: 1 });
  });
});

describe('migrate()', () => {
  const foreign: ForeignEvent = {
    store: 's',
    id: '1',
    sequence: 1,
    type: 'x',
    schema: undefined,
    recordedAt: new Date(0),
    payload: {},
    metadata: undefined,
  };
  async function* only(): AsyncGenerator<ForeignEvent> {
    yield await Promise.resolve(foreign);
  }
  const source = (): ForeignSource => ({ name: 'test', table: 't', shares: [only()] });
  const mapped = { aggregate: 'a', id: '1', type: 'x', schemaVersion: 1, payload: {}, recordedAt: new Date(0) };

  it.each([
    ['metadata that is a list', { metadata: [1] as never }],
    ['a type without name', { type: '' }],
    ['a schema version that is none', { schemaVersion: 1.5 }],
  ])('reports %s, and stores nothing', async (_, more) => {
    const store = new InMemoryEventStore();
    const report = await migrate(source(), store, { map: () => ({ ...mapped, ...more }) });
    expect(report).toMatchObject({ stored: 0, refused: 1, problems: [{ place: 's/1 1' }] });
  });

  it('reports a stream without a tenant where tenancy is on', async () => {
    const store = new InMemoryEventStore({ tenancy: true });
    expect(await migrate(source(), store)).toMatchObject({ stored: 0, refused: 1 });
    const map = () => ({ ...mapped, tenant: 'acme' });
    expect(await migrate(source(), store, { map })).toMatchObject({ stored: 1, refused: 0 });
  });
});
