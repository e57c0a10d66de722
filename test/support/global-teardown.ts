import type { DynamoDbOfTheRun } from './global-setup.js';

export default async function stopDynamoDbOfTheRun(): Promise<void> {
  await (globalThis as DynamoDbOfTheRun).dynamoDbOfTheRun?.stop();
}
