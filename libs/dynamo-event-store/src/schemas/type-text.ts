import type { TypeSchema } from './event-schemas.js';

const MAX_LENGTH = 120;

/** A type as a reader knows it, on one line, such as `{ productId: string; quantity: number }[]`; long ones are cut. */
export function typeTextOf(type: TypeSchema): string {
  const text = textOf(type);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

function textOf(type: TypeSchema): string {
  if (typeof type === 'string') return type;
  if ('array' in type) return listText(type.array);
  if ('set' in type) return `Set<${textOf(type.set)}>`;
  if ('map' in type) return `Map<${textOf(type.map.key)}, ${textOf(type.map.value)}>`;
  if ('tuple' in type)
    return `[${[...type.tuple.map(textOf), ...(type.rest === undefined ? [] : [`...${listText(type.rest)}`])].join(', ')}]`;
  if ('record' in type) return `Record<${type.keys ?? 'string'}, ${textOf(type.record)}>`;
  if ('union' in type) return type.union.map(textOf).join(' | ');
  if ('ref' in type) return type.ref;
  const fields = Object.entries(type.object).map(
    ([name, field]) => `${name}${field.optional === true ? '?' : ''}: ${textOf(field.type)}`,
  );
  if (type.rest !== undefined) fields.push(`[key]: ${textOf(type.rest)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join('; ')} }`;
}

function listText(item: TypeSchema): string {
  const text = textOf(item);
  return text.includes(' | ') ? `(${text})[]` : `${text}[]`;
}
