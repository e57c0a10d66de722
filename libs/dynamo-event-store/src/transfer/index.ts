export { exportCommits, type ExportOptions } from './export-commits.js';
export type { CommitLine, ExportedEvent } from './commit-line.js';
export {
  EXPORT_FORMAT,
  EXPORT_VERSION,
  type ExportCounts,
  type ExportHeader,
  type ExportSelection,
  type ExportTrailer,
} from './export-format.js';
export { verifyExport, type ExportLines } from './export-reader.js';
export { importCommits, type ImportOptions, type ImportReport } from './import-commits.js';
export { linesOf } from './lines.js';
export type { CommitLogEventStore } from '../store/commit-log-event-store.js';
export { castoreTable, type CastoreTableOptions } from '../dynamo/foreign-tables/castore-table.js';
export { cqrsEsTable, type CqrsEsTableOptions } from '../dynamo/foreign-tables/cqrs-es-table.js';
export type { ForeignTableOptions } from '../dynamo/foreign-tables/foreign-table.js';
export { ExactNumber } from './exact-number.js';
export {
  mapForeignEvent,
  type EventMapping,
  type ForeignEvent,
  type ForeignFault,
  type ForeignSource,
  type MappedEvent,
} from './foreign-events.js';
export { migrate, type MigrationOptions } from './migrate.js';
export type { MigratedType, MigrationProblem, MigrationReport } from './migration-report.js';
