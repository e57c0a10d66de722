import { Constants } from './constants.js';
import { hiddenBesideMembers } from './hidden-state.js';
import { describeValue } from './typed-places.js';
import { describeKey, kindOf } from './value-kind.js';

/** The first place at which two values differ. */
export interface ValueDifference {
  readonly path: string;
  readonly fault: string;
}

/**
 * The first place at which a value and what was made of its stored form are not the same: classes, values, order, what is
 * frozen and what is missing all count.
 * @param isStoredAlike Whether both have the same stored form, which alone tells of objects that hide their state.
 */
export function differenceOf(value: object, read: object, isStoredAlike: () => boolean): ValueDifference | undefined {
  let alike: boolean | undefined;
  // The class of the value itself is checked when it is defined.
  const constants = new Constants();
  return compareProperties(value, read, '', (each) => {
    if (constants.has(each)) return 'it is a constant, and another object would take its place';
    const hidden = kindOf(each) === 'instance' ? hiddenBesideMembers(each) : undefined;
    return hidden === undefined || (alike ??= isStoredAlike()) ? undefined : hidden;
  });
}

type Hides = (value: object) => string | undefined;

function compare(value: unknown, read: unknown, path: string, hides: Hides): ValueDifference | undefined {
  if (Object.is(value, read)) return undefined;
  if (typeof value !== 'object' || typeof read !== 'object' || value === null || read === null)
    return {
      path,
      fault: `${describeValue(value)} would come back as ${typeof value === typeof read ? 'another one' : describeValue(read)}.`,
    };
  if (
    Object.getPrototypeOf(value) !== Object.getPrototypeOf(read) &&
    !(kindOf(value) === 'date' && kindOf(read) === 'date')
  )
    return { path, fault: `${describeValue(value)} would come back as ${describeValue(read)}.` };
  const hidden = hides(value);
  if (hidden !== undefined) return { path, fault: `${describeValue(value)} would not be the same: ${hidden}.` };
  if (Object.isFrozen(value) !== Object.isFrozen(read))
    return {
      path,
      fault: `${describeValue(value)} would come back ${Object.isFrozen(read) ? 'frozen' : 'not frozen'}.`,
    };
  return compareContent(value, read, path, hides);
}

function compareContent(value: object, read: object, path: string, hides: Hides): ValueDifference | undefined {
  switch (kindOf(value)) {
    case 'date':
      return Object.is((value as Date).getTime(), (read as Date).getTime())
        ? undefined
        : { path, fault: 'a Date would come back as another one.' };
    case 'bytes':
    case 'buffer':
      return Buffer.compare(value as Uint8Array, read as Uint8Array) === 0
        ? undefined
        : { path, fault: 'bytes would come back as others.' };
    default:
      return compareMembers(value, read, path, hides) ?? compareProperties(value, read, path, hides);
  }
}

/** Members of maps and sets; those of lists are properties. */
function compareMembers(value: object, read: object, path: string, hides: Hides): ValueDifference | undefined {
  if (!(value instanceof Map) && !(value instanceof Set)) return undefined;
  const [members, others] = [
    [...(value as ReadonlyMap<unknown, unknown>).entries()],
    [...(read as ReadonlyMap<unknown, unknown>).entries()],
  ];
  if (members.length !== others.length)
    return { path, fault: `${members.length} members would come back as ${others.length}.` };
  for (const [index, [key, member]] of members.entries()) {
    const [otherKey, other] = others[index] ?? [];
    const place = `${path}{${describeKey(key, index)}}`;
    const difference = compare(key, otherKey, place, hides) ?? compare(member, other, place, hides);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function compareProperties(value: object, read: object, path: string, hides: Hides): ValueDifference | undefined {
  const place = (key: PropertyKey): string => {
    if (Array.isArray(value)) return `${path}[${String(key)}]`;
    return path === '' ? String(key) : `${path}.${String(key)}`;
  };
  const [keys, others] = [Reflect.ownKeys(value), Reflect.ownKeys(read)];
  const added = others.find((key) => !Object.hasOwn(value, key));
  if (added !== undefined) return { path: place(added), fault: 'it is not there, but would come back.' };
  for (const key of keys) {
    if (!Object.hasOwn(read, key)) return { path: place(key), fault: 'it would be lost on the way back.' };
    const [mine, other] = [value, read].map((each) => Object.getOwnPropertyDescriptor(each, key) ?? {});
    const difference = compare(mine?.value, other?.value, place(key), hides);
    if (difference !== undefined) return difference;
  }
  return undefined;
}
