export { checkHistory, type HistoryCheckOptions } from './check-history.js';
export { readFinalStreams, streamsOf, type FinalStream, type FinalStreams } from './final-streams.js';
export { formatHistory } from './format-history.js';
export type {
  HistoryRecord,
  ReadRecord,
  ReportedConflict,
  SeenEvent,
  WriteOutcome,
  WriteRecord,
  WriteTarget,
} from './history-record.js';
export {
  HistoryRecorder,
  type HistoryRecorderOptions,
  type ReadAnswer,
  type RecordedReadOptions,
  type RecordedWriteOptions,
} from './history-recorder.js';
export { recordStore, type RecordStoreOptions } from './record-store.js';
export type { Guarantee, ViolatedRule, Violation } from './violation.js';
export { outcomeOfError, type WriteAnswer } from './write-outcome.js';
