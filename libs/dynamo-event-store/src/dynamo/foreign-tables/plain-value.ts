import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { define } from '../../event/value-kind.js';
import type { Item } from '../item-size.js';

/** An attribute as the SDK's document client would give it: whole numbers that a `number` cannot hold become `bigint`. */
export function plainValue(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return plainNumber(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.B !== undefined) return value.B;
  if (value.L !== undefined) return value.L.map(plainValue);
  if (value.M !== undefined) return plainRecord(value.M);
  if (value.SS !== undefined) return new Set(value.SS);
  if (value.NS !== undefined) return new Set(value.NS.map(plainNumber));
  if (value.BS !== undefined) return new Set(value.BS);
  return null;
}

function plainRecord(item: Item): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(item)) define(record, key, plainValue(value));
  return record;
}

function plainNumber(text: string): number | bigint {
  const number = Number(text);
  return /^-?\d+$/.test(text) && !Number.isSafeInteger(number) ? BigInt(text) : number;
}
