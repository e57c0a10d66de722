import { kindOf, nameOfClass } from './value-kind.js';

const PRIMITIVE_TYPES: ReadonlySet<unknown> = new Set([
  String,
  Number,
  Boolean,
  BigInt,
  Symbol,
  Date,
  Buffer,
  Uint8Array,
]);

/** Whether `@Type` names a class that has no fields of its own to store. */
export function isPrimitiveType(type: unknown): boolean {
  return PRIMITIVE_TYPES.has(type);
}

export const PLACE_FOR_TYPE = 'declare its own class with @Type, with a discriminator';

/** Whether an own property of that name hides a method or getter of the class, which would come back instead. */
export function hidesMember(instance: object, key: string): boolean {
  const member = memberOf(instance, key);
  return (
    member !== undefined && member.set === undefined && (member.get !== undefined || typeof member.value === 'function')
  );
}

/** What the class of an instance has under a name; the setter of `__proto__` belongs to no class. */
export function memberOf(instance: object, key: string): PropertyDescriptor | undefined {
  if (key === '__proto__') return undefined;
  for (
    let each = Object.getPrototypeOf(instance) as object | null;
    each !== null;
    each = Object.getPrototypeOf(each) as object | null
  ) {
    const member = Object.getOwnPropertyDescriptor(each, key);
    if (member !== undefined) return member;
  }
  return undefined;
}

export function describeValue(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    const kind = kindOf(value);
    if (kind === 'record') return 'a plain object';
    return kind === 'instance' ? `an instance of ${nameOfClass(value)}` : `a ${nameOfClass(value)}`;
  }
  return value === null || value === undefined ? String(value) : `a ${typeof value}`;
}

export function withCapital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
