import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';

/** How long a request may take before it counts as failed, in ms; the SDK has no limit of its own. */
const REQUEST_HANDLER = {
  connectionTimeout: 3_000,
  requestTimeout: 10_000,
  throwOnRequestTimeout: true,
  socketTimeout: 10_000,
};

/**
 * A client of the streams beside one of the tables: the same region and credentials, and the same endpoint if it is not
 * AWS's own, as for DynamoDB Local.
 */
export function streamsClientBeside({ config }: DynamoDBClient): DynamoDBStreamsClient {
  const { region, credentials, endpoint, isCustomEndpoint, useFipsEndpoint, useDualstackEndpoint } = config;
  return new DynamoDBStreamsClient({
    region,
    credentials,
    maxAttempts: 5,
    requestHandler: REQUEST_HANDLER,
    ...(isCustomEndpoint === true && endpoint !== undefined ? { endpoint } : { useFipsEndpoint, useDualstackEndpoint }),
  });
}
