import { gunzipSync } from 'node:zlib';
import { ScanCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** Everything that tables hold, as text; what is compressed is opened. */
export async function storedText(client: DynamoDBClient, tables: readonly string[]): Promise<string> {
  const texts: string[] = [];
  for (const TableName of tables) {
    let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
    do {
      const page = await client.send(new ScanCommand({ TableName, ExclusiveStartKey }));
      for (const [name, value] of (page.Items ?? []).flatMap((item) => Object.entries(item))) {
        texts.push(name, JSON.stringify(value));
        if (value.B !== undefined) texts.push(textOf(value.B));
      }
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
  }
  return texts.join('\n');
}

function textOf(bytes: Uint8Array): string {
  const opened = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : Buffer.from(bytes);
  return opened.toString();
}
