export { createStreamHandler, type StreamHandler, type StreamHandlerOptions } from './create-stream-handler.js';
export type { StreamBatchResponse } from './batch-response.js';
export { handleStreamRecords } from './stream-handler.js';
export type { DynamoStreamEvent, DynamoStreamRecord } from './stream-event.js';
