import { gunzipSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** Everything that is written in an item, compressed parts too. */
export function textOfItem(item: Readonly<Record<string, AttributeValue>>): string {
  return Object.entries(item)
    .map(([name, value]) => `${name}=${value.B === undefined ? JSON.stringify(value) : textOf(value.B)}`)
    .join('\n');
}

function textOf(bytes: Uint8Array): string {
  try {
    return gunzipSync(bytes).toString();
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}
