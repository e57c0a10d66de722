export { startLocalDynamoDb } from './local-dynamodb/local-dynamodb.js';
export type { LocalDynamoDb, LocalDynamoDbOptions } from './local-dynamodb/local-dynamodb.js';
export type { LocalClientConfig } from './local-dynamodb/client-config.js';
export { LocalDynamoDbError } from './local-dynamodb/local-dynamodb-errors.js';
export type { LocalDynamoDbErrorCode, LocalDynamoDbErrorFacts } from './local-dynamodb/local-dynamodb-errors.js';
export type { ConformanceCase, ConformanceContext } from './conformance/conformance-case.js';
export { eventStoreConformance } from './conformance/conformance-suite.js';
export { InMemoryEventStore } from './in-memory-event-store.js';
export { Given, scenario, When, type ErrorMatcher } from './scenario.js';
