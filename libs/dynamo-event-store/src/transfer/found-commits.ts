import type { StreamId } from '../event/stream-id.js';
import type { CommitLogEventStore } from '../store/commit-log-event-store.js';
import type { ExportedCommit } from './commit-line.js';
import type { ExportSelection } from './export-format.js';
import type { ExportPlaces } from './export-places.js';
import { interleave } from './interleave.js';

/** Streams that one request of the listing gives at most. */
const LISTING_PAGE = 1000;

/** Commits from scans of the shares of the table, side by side. */
export function findScanned(
  store: CommitLogEventStore,
  selection: ExportSelection,
  places: ExportPlaces,
): AsyncIterable<ExportedCommit> {
  const { segments } = selection;
  const shares = Array.from({ length: segments }, (_, segment) => findInShare(store, selection, places, segment));
  return interleave(shares);
}

async function* findInShare(
  store: CommitLogEventStore,
  selection: ExportSelection,
  places: ExportPlaces,
  segment: number,
): AsyncGenerator<ExportedCommit, void, undefined> {
  const { segments } = selection;
  for await (const found of store.raw.scan({ segment, segments }, places.ofShare(segment)))
    if (isSelected(found.commit.stream, selection)) yield { ...found, segment: segments === 1 ? undefined : segment };
}

/**
 * Commits of the streams that the listing gives. Active ones come before archived ones: a stream that is archived
 * meanwhile is met twice and taken once, and never missed.
 */
export async function* findListed(
  store: CommitLogEventStore,
  { aggregates = [], tenant }: ExportSelection,
  places: ExportPlaces,
): AsyncGenerator<ExportedCommit, void, undefined> {
  const { lastListed } = places;
  if (lastListed !== undefined)
    for await (const commit of store.raw.ofStream(lastListed.stream, lastListed)) yield plain(commit, false);
  for (const aggregate of aggregates)
    for (const archived of [false, true])
      for await (const stream of listed(store, aggregate, tenant ?? undefined, archived)) {
        if (!places.begin(stream)) continue;
        for await (const commit of store.raw.ofStream(stream)) yield plain(commit, archived && commit.version === 1);
      }
}

async function* listed(
  store: CommitLogEventStore,
  aggregate: string,
  tenant: string | undefined,
  archived: boolean,
): AsyncGenerator<StreamId, void, undefined> {
  let cursor: string | undefined;
  do {
    const query = { archived, limit: LISTING_PAGE, ...(tenant === undefined ? {} : { tenant }) };
    const page = await store.listStreams(aggregate, cursor === undefined ? query : { ...query, cursor });
    for (const { stream } of page.items) yield stream;
    cursor = page.cursor;
  } while (cursor !== undefined);
}

function plain(commit: ExportedCommit['commit'], archived: boolean): ExportedCommit {
  return { commit, archived, segment: undefined };
}

function isSelected(stream: StreamId, { tenant, aggregates }: ExportSelection): boolean {
  const isTenant = tenant === undefined || stream.tenant === (tenant ?? undefined);
  return isTenant && (aggregates === undefined || aggregates.includes(stream.aggregate));
}
