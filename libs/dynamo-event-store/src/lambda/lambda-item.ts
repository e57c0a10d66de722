import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { isRecord } from '../event/value-kind.js';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Inverse of Lambda's JSON form: an item as the SDK has it. @throws SyntaxError It is none. */
export function itemOfLambda(image: unknown): Record<string, AttributeValue> {
  if (!isRecord(image)) throw new SyntaxError('There is no item.');
  return mapOf(image, '');
}

function mapOf(map: object, path: string): Record<string, AttributeValue> {
  return Object.fromEntries(
    Object.entries(map).map(([name, value]) => {
      const at = path === '' ? name : `${path}.${name}`;
      return [name, attributeOf(value, at)];
    }),
  );
}

function attributeOf(value: unknown, path: string): AttributeValue {
  const [field, ...others] = isRecord(value)
    ? Object.entries(value).filter(([, content]) => content !== undefined)
    : [];
  if (field === undefined || others.length > 0) throw malformed(path);
  const [type, content] = field;
  switch (type) {
    case 'S':
      return { S: textOf(content, path) };
    case 'N':
      return { N: textOf(content, path) };
    case 'B':
      return { B: bytesOf(content, path) };
    case 'BOOL':
      return { BOOL: truthOf(content, path) };
    case 'NULL':
      return { NULL: truthOf(content, path) };
    case 'SS':
      return { SS: listOf(content, path, textOf) };
    case 'NS':
      return { NS: listOf(content, path, textOf) };
    case 'BS':
      return { BS: listOf(content, path, bytesOf) };
    case 'L':
      return { L: listOf(content, path, attributeOf) };
    case 'M':
      if (!isRecord(content)) throw malformed(path);
      return { M: mapOf(content, path) };
    default:
      throw malformed(path);
  }
}

function listOf<T>(content: unknown, path: string, convert: (value: unknown, path: string) => T): T[] {
  if (!Array.isArray(content)) throw malformed(path);
  return content.map((each, index) => convert(each, `${path}[${index}]`));
}

function textOf(content: unknown, path: string): string {
  if (typeof content !== 'string') throw malformed(path);
  return content;
}

function truthOf(content: unknown, path: string): boolean {
  if (typeof content !== 'boolean') throw malformed(path);
  return content;
}

function bytesOf(content: unknown, path: string): Uint8Array {
  const text = textOf(content, path);
  // Node skips what is not base64, so that damage would pass for shorter content.
  if (!BASE64.test(text)) throw malformed(path);
  return Buffer.from(text, 'base64');
}

function malformed(path: string): SyntaxError {
  return new SyntaxError(`Attribute ${path} is no value of DynamoDB in Lambda's JSON.`);
}
