import { AggregateRoot as CqrsAggregateRoot } from '@nestjs/cqrs';

/**
 * Private members as engines write them, `this.#total` and `#total in value`; and the helpers by which TypeScript, SWC,
 * esbuild and Babel stand in for them on older engines.
 */
const PRIVATE_MEMBER =
  /\.\s*#[\p{ID_Start}_$]|#[\p{ID_Continue}$]+\s+in\s|__classPrivate|_class_private_|__private(?:Get|Set|Add|Method|In)\b|_(?:classPrivate|assertClassBrand|checkInRHS)/u;
const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;

const hiding = new WeakMap<object, boolean>();

/**
 * Whether instances of a class may hold state that no other code can see: in `#private` members, or inside a class of the
 * engine. Such an instance can be neither copied nor stored field by field. Looks at the source of the class and its bases.
 */
export function mayHideState(constructor: object): boolean {
  return lineageOf(constructor, Object).some(hidesOwn);
}

/**
 * Why the state of an aggregate class cannot be taken from the outside; `undefined` when it can. Values in the state are
 * another matter; they are looked at when they are copied.
 */
export function hiddenStateFault(aggregateClass: object): string | undefined {
  // Our own base class keeps its version in a private member, and is asked for it.
  const [, ...own] = lineageOf(aggregateClass, CqrsAggregateRoot).reverse();
  return own.some(hidesOwn)
    ? 'It has #private members, whose values neither a snapshot nor a copy can see; make them private in the sense of TypeScript.'
    : undefined;
}

/** The class and its bases, without `end` and what lies above. */
function lineageOf(constructor: object, end: object): object[] {
  const classes: object[] = [];
  for (
    let each = constructor as object | null;
    each !== null && each !== end;
    each = Object.getPrototypeOf(each) as object
  ) {
    if (each === Function.prototype) break;
    classes.push(each);
  }
  return classes;
}

function hidesOwn(constructor: object): boolean {
  let hides = hiding.get(constructor);
  if (hides === undefined) {
    const source = typeof constructor === 'function' ? Function.prototype.toString.call(constructor) : '';
    hides = NATIVE.test(source) || PRIVATE_MEMBER.test(source);
    hiding.set(constructor, hides);
  }
  return hides;
}
