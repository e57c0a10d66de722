import { describeStream, type StreamId } from '../event/stream-id.js';
import { EventStoreError } from './event-store-error.js';

/** What was read is not a whole, unaltered export: cut off, damaged, edited, or of a later format. */
export class ExportDamagedError extends EventStoreError {
  static readonly code = 'EXPORT_DAMAGED';
  constructor(
    /** Line at which it was found, from 1. */
    readonly line: number,
    readonly fault: string,
    cause?: unknown,
  ) {
    super(`The export cannot be used: line ${line}: ${fault}. Take the file from its origin again, or export again.`, {
      name: 'ExportDamagedError',
      code: ExportDamagedError.code,
      retryable: false,
      cause,
    });
  }
}

/** A commit that was to be restored has no place in the store: another one is there, or its predecessor is missing. */
export class ImportConflictError extends EventStoreError {
  static readonly code = 'IMPORT_CONFLICT';
  constructor(
    readonly stream: StreamId,
    /** Version of the first event of the commit that was to be restored. */
    readonly version: number,
    readonly commitId: string,
    readonly fault: string,
  ) {
    super(
      `Commit ${commitId} cannot be restored at version ${version} of ${describeStream(stream)}: ${fault}. ` +
        'Nothing was written there. Import into a table without this stream, or leave the stream out.',
      { name: 'ImportConflictError', code: ImportConflictError.code, retryable: false },
    );
  }
}

/** An import or a migration stopped before its end. Run it again: what is stored is found and left as it is. */
export class ImportInterruptedError extends EventStoreError {
  static readonly code = 'IMPORT_INTERRUPTED';
  constructor(
    /** Commits written by this run, and those that it found there. */
    readonly stored: number,
    readonly present: number,
    cause: unknown,
  ) {
    super(
      `The import stopped after ${stored} commits stored and ${present} found present (${describeCause(cause)}). ` +
        'Run it again; it goes on from there.',
      { name: 'ImportInterruptedError', code: ImportInterruptedError.code, retryable: true, cause },
    );
  }
}

function describeCause(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
