import {
  CreateTableCommand,
  ResourceInUseException,
  waitUntilTableExists,
  type CreateTableCommandInput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';

export const BY_CUSTOMER = 'by-customer';
export const BY_STATUS = 'by-status';

/** One item per order. Both indexes list orders by time of placing; they hold the whole summary, so a list is one request. */
export function orderSummaryTable(tableName: string): CreateTableCommandInput {
  const index = (name: string, partition: string) => ({
    IndexName: name,
    KeySchema: [
      { AttributeName: partition, KeyType: 'HASH' as const },
      { AttributeName: 'placedKey', KeyType: 'RANGE' as const },
    ],
    Projection: { ProjectionType: 'ALL' as const },
  });
  return {
    TableName: tableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['orderId', 'customerId', 'status', 'placedKey'].map((AttributeName) => ({
      AttributeName,
      AttributeType: 'S',
    })),
    KeySchema: [{ AttributeName: 'orderId', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [index(BY_CUSTOMER, 'customerId'), index(BY_STATUS, 'status')],
  };
}

/** Creates the table unless it exists, and waits until it can be used. For development and tests. */
export async function createOrderSummaryTable(client: DynamoDBClient, tableName: string): Promise<void> {
  try {
    await client.send(new CreateTableCommand(orderSummaryTable(tableName)));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 5 }, { TableName: tableName });
}
