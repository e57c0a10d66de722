import { rulesOf } from './class-rules.js';
import { describeValue } from './typed-places.js';
import { classOf, collectionKindOf, describeKey, kindOf } from './value-kind.js';

export interface ChangedKind {
  readonly path: string;
  readonly fault: string;
}

/**
 * The first property that a `@Transform` turns into another kind of value, which its declared type then is not: a class into
 * text, for want of a `@Transform` on the way back. Other values of the same kind are what a `@Transform` is for.
 */
export function findChangedKind(original: object, read: object, path = ''): ChangedKind | undefined {
  const rules = rulesOf(classOf(original) ?? Object);
  for (const [key, item] of Object.entries(original) as [string, unknown][]) {
    const back: unknown = Object.hasOwn(read, key) ? (read as Record<string, unknown>)[key] : undefined;
    const place = path === '' ? key : `${path}.${key}`;
    const isTransformed = (['toPlain', 'toClass'] as const).some(
      (direction) => rules.transformsOf(key, direction).length > 0,
    );
    const changed = isTransformed ? changedAt(item, back, place) : insideOf(item, back, place);
    if (changed !== undefined) return changed;
  }
  return undefined;
}

function changedAt(item: unknown, back: unknown, path: string): ChangedKind | undefined {
  // What is left out, or filled in, is meant.
  if (item === null || item === undefined || back === null || back === undefined || isSameKind(item, back))
    return undefined;
  const fault = `${describeValue(item)} would come back as ${describeValue(back)}; declare the type that it has, or a @Transform for both directions.`;
  return { path, fault };
}

function isSameKind(item: unknown, back: unknown): boolean {
  if (typeof item !== 'object' || typeof back !== 'object' || item === null || back === null)
    return typeof item === typeof back;
  const kind = kindOf(item);
  if (kind === 'record') return ['record', 'instance'].includes(kindOf(back));
  return kind === kindOf(back) && (kind !== 'instance' || Object.getPrototypeOf(item) === Object.getPrototypeOf(back));
}

function insideOf(item: unknown, back: unknown, path: string): ChangedKind | undefined {
  if (typeof item !== 'object' || item === null || typeof back !== 'object' || back === null) return undefined;
  const kind = collectionKindOf(item);
  if (kind === undefined)
    return ['record', 'instance'].includes(kindOf(item)) ? findChangedKind(item, back, path) : undefined;
  if (collectionKindOf(back) !== kind) return undefined;
  const [members, others] = [membersOf(item), membersOf(back)];
  for (const [index, [key, member]] of members.entries()) {
    const place = kind === 'array' ? `${path}[${index}]` : `${path}{${describeKey(key, index)}}`;
    const changed = insideOf(member, others[index]?.[1], place);
    if (changed !== undefined) return changed;
  }
  return undefined;
}

function membersOf(collection: object): (readonly [key: unknown, member: unknown])[] {
  if (collection instanceof Map) return [...(collection as Map<unknown, unknown>)];
  return Array.from(collection as Iterable<unknown>, (member, index) => [index, member]);
}
