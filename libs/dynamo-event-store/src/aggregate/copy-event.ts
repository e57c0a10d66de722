/**
 * A copy of an event that shares nothing changeable with it: classes are kept, constructors are not called. An instance
 * without properties of its own, such as one that holds its value internally, cannot be copied and is shared.
 */
export function copyEvent<T extends object>(event: T): T {
  return copyValue(event, new Map()) as T;
}

function copyValue(value: unknown, copies: Map<object, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  if (value instanceof Date) return new Date(value);
  if (Buffer.isBuffer(value)) return Buffer.from(value);
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value))
    return fill(value, [] as unknown[], copies, (target) =>
      target.push(...value.map((item) => copyValue(item, copies))),
    );
  if (value instanceof Map)
    return fill(value, new Map(), copies, (target) => {
      for (const [key, item] of value) target.set(key, copyValue(item, copies));
    });
  if (value instanceof Set)
    return fill(value, new Set(), copies, (target) => {
      for (const item of value) target.add(copyValue(item, copies));
    });
  return copyRecord(value, copies);
}

function copyRecord(value: object, copies: Map<object, unknown>): object {
  const prototype = Object.getPrototypeOf(value) as object | null;
  const keys = Reflect.ownKeys(value);
  if (keys.length === 0 && prototype !== Object.prototype && prototype !== null) return value;
  return fill(value, Object.create(prototype) as object, copies, (target) => {
    for (const key of keys) {
      const property: PropertyDescriptor = { ...Object.getOwnPropertyDescriptor(value, key) };
      if ('value' in property) property.value = copyValue(property.value, copies);
      Object.defineProperty(target, key, property);
    }
  });
}

/** Known before it is filled, so that a value that refers back to itself comes to an end; saving refuses it later. */
function fill<T extends object>(
  original: object,
  target: T,
  copies: Map<object, unknown>,
  run: (target: T) => unknown,
): T {
  copies.set(original, target);
  run(target);
  return target;
}
