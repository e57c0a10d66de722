import { randomUUID } from 'node:crypto';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/** Settings for the engine of this test run, which the global set-up has started. */
export function testClientConfig(): DynamoDBClientConfig & { endpoint: string; region: string } {
  const endpoint = process.env['DYNAMODB_ENDPOINT'];
  if (!endpoint)
    throw new Error('DYNAMODB_ENDPOINT is not set: run through Jest, whose global set-up starts DynamoDB Local.');
  return { endpoint, region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
}

export function testClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({ ...testClientConfig(), ...config });
}

export function uniqueTableName(prefix: string): string {
  return `${prefix}-${randomUUID()}`;
}
