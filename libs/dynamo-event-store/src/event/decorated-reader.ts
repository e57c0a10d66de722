import { TransformationType } from 'class-transformer';
import { EventSerializationError } from '../errors/event-errors.js';
import type { AnyClass } from '../metadata/metadata-storage.js';
import { rulesOf, type ClassRules } from './class-rules.js';
import type { TypeMetadata } from './class-transformer-metadata.js';
import { noteConstant } from './constants.js';
import { collectionOf, joinCollection, splitCollection } from './collections.js';
import { isPrimitiveType, memberOf } from './typed-places.js';
import { collectionKindOf, define, isRecord, kindOf } from './value-kind.js';

/** Makes events again of what `DecoratedWriter` wrote. Parts of the payload become parts of the event, so it must be nobody else's. */
export class DecoratedReader {
  constructor(private readonly eventType: string) {}

  read(payload: object, eventClass: AnyClass): object {
    return this.fields(payload, eventClass, '');
  }

  private fields(stored: object, target: AnyClass, path: string): object {
    // Not `new`: a constructor that checks or uses its arguments cannot run without them.
    const made = Object.create(target.prototype as object) as Record<string, unknown>;
    const rules = rulesOf(target);
    for (const key of rules.keysOf(stored, 'toClass')) {
      const property = rules.propertyOf(key);
      const value = Object.hasOwn(stored, key) ? (stored as Record<string, unknown>)[key] : undefined;
      const place = path === '' ? property : `${path}.${property}`;
      const read = this.field(value, { owner: stored, made, property, rules, path: place });
      if (read !== undefined || (value === undefined && Object.hasOwn(stored, key))) assign(made, property, read);
    }
    return Object.isFrozen(stored) ? Object.freeze(made) : made;
  }

  private field(
    value: unknown,
    place: {
      readonly owner: object;
      readonly made: object;
      readonly property: string;
      readonly rules: ClassRules;
      readonly path: string;
    },
  ): unknown {
    const { owner, made, property, rules, path } = place;
    const metadata = rules.typeOf(property);
    const typed =
      metadata === undefined || value === null || value === undefined
        ? value
        : this.typed(value, metadata, { owner, made, property, path });
    return rules.transformsOf(property, 'toClass').reduce<unknown>((current, { transformFn }) => {
      const run = (): unknown =>
        transformFn({
          value: current,
          key: property,
          obj: owner,
          type: TransformationType.PLAIN_TO_CLASS,
          options: {},
        });
      try {
        const read = run();
        if (mayBeConstant(read, current) && run() === read) noteConstant(read);
        return read;
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new EventSerializationError(this.eventType, path, `its @Transform failed on reading: ${reason}`, cause);
      }
    }, typed);
  }

  private typed(
    value: unknown,
    metadata: TypeMetadata,
    place: { readonly owner: object; readonly made: object; readonly property: string; readonly path: string },
  ): unknown {
    const { owner, made, property, path } = place;
    const type = metadata.typeFunction?.({ newObject: made, object: owner, property }) ?? metadata.reflectedType;
    return this.member(value, type, { metadata, path }, metadata.reflectedType);
  }

  private member(
    value: unknown,
    type: unknown,
    place: { readonly metadata: TypeMetadata; readonly path: string },
    collectionClass?: unknown,
  ): unknown {
    if (value === null || value === undefined) return value;
    if (typeof value !== 'object') return primitive(value, type);
    const kind = collectionKindOf(value);
    if (kind !== undefined) {
      // It names the class of the list, and nothing of its members.
      const memberType = type === collectionClass && isCollectionClass(type) ? undefined : type;
      const members = joinCollection(splitCollection(value, kind, (member) => this.member(member, memberType, place)));
      return isCollectionClass(collectionClass) ? collectionOf(members, collectionClass) : members;
    }
    if (!isRecord(value)) return value;
    const { discriminator, keepDiscriminatorProperty = false } = place.metadata.options ?? {};
    if (discriminator !== undefined && Object.hasOwn(value, discriminator.property)) {
      const subType = discriminator.subTypes.find(({ name }) => name === value[discriminator.property]);
      if (!keepDiscriminatorProperty) {
        const rest = { ...value };
        Reflect.deleteProperty(rest, discriminator.property);
        const target = subType?.value ?? (type as AnyClass);
        return this.fields(Object.isFrozen(value) ? Object.freeze(rest) : rest, target, place.path);
      }
      if (subType !== undefined) return this.fields(value, subType.value, place.path);
    }
    const isOfClass = typeof type === 'function' && type !== Object && !isPrimitiveType(type) && !isBuiltIn(type);
    return isOfClass ? this.fields(value, type, place.path) : value;
  }
}

/** A `@Transform` that makes an object of a text or a number may give the same one each time; asking again tells. */
function mayBeConstant(read: unknown, stored: unknown): read is object {
  return typeof read === 'object' && read !== null && typeof stored !== 'object' && kindOf(read) === 'instance';
}

function primitive(value: unknown, type: unknown): unknown {
  if (type === String) return String(value);
  if (type === Number) return Number(value);
  if (type === Boolean) return Boolean(value);
  return type === Date && (typeof value === 'string' || typeof value === 'number') ? new Date(value) : value;
}

function isBuiltIn(type: unknown): boolean {
  return type === Array || type === Map || type === Set;
}

function isCollectionClass(type: unknown): type is AnyClass {
  if (typeof type !== 'function' || isBuiltIn(type)) return false;
  const { prototype } = type as { readonly prototype: unknown };
  return prototype instanceof Array || prototype instanceof Map || prototype instanceof Set;
}

/** By the setter of the class where it has one; what is only computed there is left out. */
function assign(made: Record<string, unknown>, property: string, value: unknown): void {
  const member = memberOf(made, property);
  if (member?.set !== undefined) {
    made[property] = value;
    return;
  }
  if (member !== undefined && (member.get !== undefined || typeof member.value === 'function')) return;
  define(made, property, value);
}
