export { checkEventSchemas } from './check-event-schemas.js';
export type {
  EventSchemaLock,
  EventShape,
  EventSource,
  EventSources,
  EventVersion,
  FieldSchema,
  FieldSchemas,
  LockedEvent,
  SourceProblem,
  TypeSchema,
  UpcasterSource,
} from './event-schemas.js';
export { readEventSchemas } from './read-event-schemas.js';
export { formatFindings, type SchemaFinding, type SchemaFindingKind } from './schema-finding.js';
export { readSchemaLock, SCHEMA_LOCK_FILE } from './schema-lock.js';
export type { ReadEventSchemasOptions } from './source-program.js';
export { writeEventSchemas, type WriteEventSchemasOptions, type WrittenEventSchemas } from './write-event-schemas.js';
