import { describeStream, streamKeyOf } from '../../event/stream-id.js';
import { streamsOfRecord } from './final-streams.js';
import type { HistoryRecord, ReadRecord, ReportedConflict, WriteOutcome, WriteRecord } from './history-record.js';
import type { Violation } from './violation.js';

/**
 * A history as text, one line per operation in order of their starts. With a violation only the operations on its
 * streams, those that it names marked with `!`, under its message.
 */
export function formatHistory(records: readonly HistoryRecord[], violation?: Violation): string {
  const named = new Set(violation?.operations);
  const shown = violation === undefined ? [...records] : onStreamsOf(violation, records);
  const rows = shown
    .sort((a, b) => a.startedAt - b.startedAt)
    .map((record) => [
      named.has(record.id) ? '!' : ' ',
      String(record.startedAt),
      record.endedAt === undefined ? '' : String(record.endedAt),
      record.process,
      ...(record.kind === 'write' ? describeWrite(record) : describeRead(record)),
    ]);
  const table = align(rows);
  if (violation === undefined) return table.join('\n');
  return [`${violation.rule} (guarantee ${violation.guarantee}): ${violation.message}`, ...table].join('\n');
}

function onStreamsOf(violation: Violation, records: readonly HistoryRecord[]): HistoryRecord[] {
  const named = new Set(violation.operations);
  const streams = new Set([streamKeyOf(violation.stream)]);
  for (const record of records)
    if (named.has(record.id)) for (const stream of streamsOfRecord(record)) streams.add(streamKeyOf(stream));
  return records.filter((record) => streamsOfRecord(record).some((stream) => streams.has(streamKeyOf(stream))));
}

function describeWrite({ id, key, targets, outcome }: WriteRecord): string[] {
  const streams = targets.map(({ stream, events, expected }) => {
    const on = expected === undefined ? '' : ` on ${expected}`;
    return `${describeStream(stream)}${on}${eventCount(events)}`;
  });
  return [
    'write',
    id,
    streams.join(' and ') + (key === undefined ? '' : ` with key ${key}`),
    `-> ${describeOutcome(outcome)}`,
  ];
}

function eventCount(events: number | undefined): string {
  if (events === undefined) return '';
  if (events === 0) return ' checked';
  return events === 1 ? ', 1 event' : `, ${events} events`;
}

function describeOutcome(outcome: WriteOutcome): string {
  switch (outcome.kind) {
    case 'acknowledged': {
      const versions = outcome.versions.map((version) => version ?? '?').join(', ');
      return `acknowledged at ${versions}${outcome.repeated === true ? ', repeated' : ''}`;
    }
    case 'refused': {
      const conflicts = outcome.conflicts?.map(describeConflict).join('; ') ?? nameOf(outcome.error);
      return `refused: ${conflicts}`;
    }
    case 'unknown':
      return outcome.error === undefined ? 'unknown' : `unknown: ${nameOf(outcome.error)}`;
    case 'nothing':
      return 'nothing to write';
  }
}

function describeConflict({ stream, expected, actual, reason }: ReportedConflict): string {
  return `${describeStream(stream)} ${reason ?? 'conflict'}, expected ${expected}, found ${actual ?? '?'}`;
}

function describeRead({ id, stream, consistency, from, events, toEnd, version, error }: ReadRecord): string[] {
  const last = events.at(-1)?.version;
  const seen = last === undefined ? 'nothing' : `versions ${events[0]?.version} to ${last}`;
  const end = toEnd ? ' and the end' : '';
  const failure = error === undefined ? '' : `, then ${nameOf(error)}`;
  const found = version === undefined ? `${seen}${end}${failure}` : `version ${version}`;
  return ['read', id, `${describeStream(stream)} from ${from}, ${consistency}`, `-> ${found}`];
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
