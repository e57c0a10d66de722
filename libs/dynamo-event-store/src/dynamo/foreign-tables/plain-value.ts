import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { define } from '../../event/value-kind.js';
import { exactNumber } from '../../transfer/exact-number.js';
import type { Item } from '../item-size.js';

/** An attribute as the SDK's document client would give it, with its numbers exact; see `exactNumber`. */
export function plainValue(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return exactNumber(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.B !== undefined) return value.B;
  if (value.L !== undefined) return value.L.map(plainValue);
  if (value.M !== undefined) return plainRecord(value.M);
  if (value.SS !== undefined) return new Set(value.SS);
  if (value.NS !== undefined) return new Set(value.NS.map(exactNumber));
  if (value.BS !== undefined) return new Set(value.BS);
  return null;
}

function plainRecord(item: Item): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(item)) define(record, key, plainValue(value));
  return record;
}
