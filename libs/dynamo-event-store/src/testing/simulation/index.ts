export { Random } from './random.js';
export { VirtualDeadlockError, VirtualTime } from './virtual-time.js';
export { SimulatedDynamoDb } from './simulated-dynamodb.js';
export type { SimulatedDynamoDbOptions } from './simulated-dynamodb.js';
export type { SimulatedStreamsOptions } from './streams/stream-options.js';
export type { SimulatedStreamsClient, StreamsCommand } from './streams/streams-client.js';
export type { SimulatedTableDefinition } from './storage/table-schema.js';
export type { ConsumedUnits } from './operations/database.js';
export { NotSimulatedError } from './errors.js';
