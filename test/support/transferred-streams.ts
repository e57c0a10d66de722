import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import type { StreamId } from 'nestjs-dynamo-event-store';
import type { InMemoryEventStore } from 'nestjs-dynamo-event-store/testing';
import { exportCommits, type ExportOptions } from 'nestjs-dynamo-event-store/transfer';
import { arbitraryValue } from './arbitrary-values.js';

/** What is done to one stream. */
export interface StreamPlan {
  readonly stream: StreamId;
  readonly commits: readonly CommitPlan[];
  readonly closed: boolean;
  readonly archived: boolean;
}

interface CommitPlan {
  readonly events: readonly { readonly type: string; readonly payload: unknown; readonly schemaVersion: number }[];
  readonly metadata: Record<string, string> | undefined;
  readonly ttlHours: number | undefined;
}

const name = fc.oneof(
  fc.constantFrom('a', 'a#b', 'a%23b', '#', '%', 'a/b', '"', '\u2028', 'é', '😀', '__proto__'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }),
);

/** Stands for a payload above 400 KB that cannot be compressed, so that a failure can be printed. */
const LARGE = 'large';

const payload = fc.oneof(
  { weight: 8, arbitrary: arbitraryValue },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 50 }) },
  { weight: 1, arbitrary: fc.constant(LARGE) },
);

const event = fc.record({
  type: fc.oneof(fc.constantFrom('placed', 'paid@1', 'a~2', '%'), name),
  payload,
  schemaVersion: fc.integer({ min: 1, max: 3 }),
});

const commit = fc.record({
  events: fc.array(event, { minLength: 1, maxLength: 3 }),
  metadata: fc.option(fc.dictionary(name, fc.string({ unit: 'grapheme' }), { maxKeys: 2 }), { nil: undefined }),
  ttlHours: fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined, freq: 3 }),
});

const stream = fc.record(
  { aggregate: name, id: name, tenant: name },
  { requiredKeys: ['aggregate', 'id'] },
) as fc.Arbitrary<StreamId>;

/** Streams of any names, with commits of all kinds. */
export const arbitraryStreams: fc.Arbitrary<StreamPlan[]> = fc.uniqueArray(
  fc.record({
    stream,
    commits: fc.array(commit, { minLength: 1, maxLength: 4 }),
    closed: fc.boolean(),
    archived: fc.boolean(),
  }),
  {
    maxLength: 5,
    selector: ({ stream: { tenant, aggregate, id } }) => JSON.stringify([tenant, aggregate, id]),
  },
);

export async function storeStreams(store: InMemoryEventStore, plans: readonly StreamPlan[]): Promise<void> {
  for (const { stream, commits, closed, archived } of plans) {
    for (const { events, metadata, ttlHours } of commits)
      await store.append(stream, events.map(enlarged), {
        expected: 'any',
        ...(metadata === undefined ? {} : { metadata }),
        ...(ttlHours === undefined ? {} : { ttl: new Date(Date.now() + ttlHours * 3_600_000) }),
      });
    if (archived) await store.archiveStream(stream);
    if (closed) await store.closeStream(stream);
  }
}

function enlarged(event: CommitPlan['events'][number]): CommitPlan['events'][number] {
  return event.payload === LARGE ? { ...event, payload: randomBytes(500_000).toString('base64') } : event;
}

/** The lines of an export, without their line feeds. */
export async function linesOfExport(options: ExportOptions): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of exportCommits(options)) lines.push(line.slice(0, -1));
  return lines;
}

/** What of an export does not depend on when it was made. */
export function withoutHeader(lines: readonly string[]): string[] {
  return lines.slice(1).map((line) => line.replace(/,"sha256":"[0-9a-f]{64}"/, ''));
}
