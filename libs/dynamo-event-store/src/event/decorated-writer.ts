import { TransformationType, type TransformFnParams } from 'class-transformer';
import { EventSerializationError } from '../errors/event-errors.js';
import { storedValueOf, type AnyClass } from '../metadata/metadata-storage.js';
import { rulesOf, type ClassRules } from './class-rules.js';
import type { TypeMetadata } from './class-transformer-metadata.js';
import { splitCollection } from './collections.js';
import { hiddenBesideMembers } from './hidden-state.js';
import { describeValue, hidesMember, isPrimitiveType, PLACE_FOR_TYPE, withCapital } from './typed-places.js';
import { MAX_DEPTH } from './value-codec.js';
import {
  classOf,
  collectionKindOf,
  define,
  describeKey,
  isRecord,
  kindOf,
  nameOfClass,
  strayPropertyOf,
} from './value-kind.js';

/** A value on its way into the plain form, and what `@Type` says of its place. */
interface Place {
  readonly path: string;
  /** The object that holds it, for the function of `@Type`. */
  readonly owner: object;
  readonly property: string;
  readonly metadata: TypeMetadata;
}

/**
 * Writes an event in the plain form that class-transformer's decorators ask for. What no decorator concerns is left to the
 * value codec as it is.
 */
export class DecoratedWriter {
  private readonly open = new Set<object>();

  constructor(private readonly eventType: string) {}

  /** @throws EventSerializationError Names the path of what would not come back. */
  write(event: object, eventClass: AnyClass): unknown {
    return this.fields(event, eventClass, '');
  }

  private fields(value: object, target: AnyClass, path: string): Record<string, unknown> {
    if (this.open.has(value)) throw this.refusal(path, 'it refers back to an object that contains it.');
    if (this.open.size >= MAX_DEPTH) throw this.refusal(path, `it is nested more than ${MAX_DEPTH} levels deep.`);
    this.refuseSymbols(value, path);
    this.open.add(value);
    const rules = rulesOf(target);
    const plain: Record<string, unknown> = {};
    for (const key of rules.keysOf(value, 'toPlain')) {
      const place = path === '' ? key : `${path}.${key}`;
      const stored = this.field(value, key, rules, place);
      if (stored !== undefined || Object.hasOwn(value, key)) define(plain, rules.storedNameOf(key), stored);
    }
    this.open.delete(value);
    return Object.isFrozen(value) ? Object.freeze(plain) : plain;
  }

  private field(owner: object, key: string, rules: ClassRules, path: string): unknown {
    const own = (owner as Record<string, unknown>)[key];
    const isOwn = Object.hasOwn(owner, key);
    if (isOwn && own !== undefined && hidesMember(owner, key))
      throw this.refusal(path, 'its name is that of a method or getter of its class, so it would be lost; rename it.');
    const transforms = rules.transformsOf(key, 'toPlain');
    const value: unknown =
      typeof own === 'function' && !isOwn && rules.isExposed(key) ? (own as () => unknown).call(owner) : own;
    const transformed = transforms.reduce<unknown>(
      (current, { transformFn }) => this.transform(transformFn, { current, key, owner, path }),
      value,
    );
    const metadata = rules.typeOf(key);
    if (transforms.length > 0 && transformed !== value) return this.flattened(transformed, path);
    if (metadata === undefined || value === null || value === undefined) return value;
    return this.typed(value, { path, owner, property: key, metadata });
  }

  private transform(
    transformFn: (parameters: TransformFnParams) => unknown,
    {
      current,
      key,
      owner,
      path,
    }: { readonly current: unknown; readonly key: string; readonly owner: object; readonly path: string },
  ): unknown {
    try {
      return transformFn({ value: current, key, obj: owner, type: TransformationType.CLASS_TO_PLAIN, options: {} });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw this.refusal(path, `its @Transform failed: ${reason}`, cause);
    }
  }

  private typed(value: unknown, place: Place): unknown {
    const { owner, property, metadata, path } = place;
    const type = metadata.typeFunction?.({ newObject: owner, object: owner, property }) ?? metadata.reflectedType;
    return this.member(value, type, { ...place, path }, metadata.reflectedType);
  }

  private member(value: unknown, type: unknown, place: Place, collectionClass?: unknown): unknown {
    const { path } = place;
    if (value === null || value === undefined) return value;
    if (typeof value !== 'object') return this.primitive(value, type, path);
    const kind = collectionKindOf(value);
    if (kind !== undefined) return this.collection(value, kind, type, place, collectionClass);
    switch (kindOf(value)) {
      case 'date':
      case 'bytes':
      case 'buffer':
        return value;
      case 'record':
        return this.record(value, type, place);
      default:
        return this.instance(value, type, place);
    }
  }

  private primitive(value: unknown, type: unknown, path: string): unknown {
    const isOther =
      (type === String && typeof value !== 'string') ||
      (type === Number && typeof value !== 'number') ||
      (type === Boolean && typeof value !== 'boolean');
    if (isOther || type === Date) {
      const back = type === Date ? 'a Date' : `a ${(type as { name: string }).name.toLowerCase()}`;
      throw this.refusal(
        path,
        `${describeValue(value)} would come back as ${back}; declare the type that it has, or a @Transform for both directions.`,
      );
    }
    return value;
  }

  private collection(
    value: object,
    kind: 'array' | 'map' | 'set',
    type: unknown,
    place: Place,
    collectionClass: unknown,
  ): unknown {
    const { path } = place;
    if (this.open.has(value)) throw this.refusal(path, 'it refers back to an object that contains it.');
    if (this.open.size >= MAX_DEPTH) throw this.refusal(path, `it is nested more than ${MAX_DEPTH} levels deep.`);
    const isBuiltIn = kindOf(value) === kind;
    if (!isBuiltIn && storedValueOf(classOf(value) ?? Object) !== undefined) return value;
    if (!isBuiltIn && (classOf(value) ?? Object) !== collectionClass)
      throw this.refusal(
        path,
        `an instance of ${nameOfClass(value)} would come back as a ${withCapital(kind)}; mark the class with @StoredValue, or declare a @Transform for both directions.`,
      );
    const stray = strayPropertyOf(value, isBuiltIn ? kind : 'instance');
    if (stray !== undefined)
      throw this.refusal(path, `the property ${String(stray)} cannot be stored; JSON has no place for it.`);
    if (!isBuiltIn) this.refuseHidden(value, path);
    this.open.add(value);
    // A list of a class of its own, whose name stands in @Type too: that says nothing of its members.
    const memberType = !isBuiltIn && type === collectionClass ? undefined : type;
    const split = splitCollection(value, kind, (member, index, key) =>
      this.member(member, memberType, { ...place, path: memberPath(path, kind, index, key) }),
    );
    this.open.delete(value);
    return split;
  }

  private record(value: object, type: unknown, place: Place): unknown {
    const target = this.classFor(value, type, place);
    // Without a class in @Type it stays what it is.
    return target === undefined ? value : this.fields(value, target, place.path);
  }

  private instance(value: object, type: unknown, place: Place): unknown {
    const { path, metadata } = place;
    const own = classOf(value) ?? Object;
    if (storedValueOf(own) !== undefined) return value;
    const subType = metadata.options?.discriminator?.subTypes.find((each) => each.value === own);
    if (metadata.options?.discriminator !== undefined && subType === undefined)
      throw this.refusal(
        path,
        `${nameOfClass(value)} is not among the subTypes of the discriminator of @Type, so it would come back as another class.`,
      );
    if (subType === undefined && type !== own)
      throw this.refusal(
        path,
        typeof type === 'function' && type !== Object && !isPrimitiveType(type)
          ? `an instance of ${nameOfClass(value)} would come back as an instance of ${type.name}; ${PLACE_FOR_TYPE} where several classes are possible.`
          : `an instance of ${nameOfClass(value)} would come back as another type; declare it with @Type(() => ${nameOfClass(value)}), or mark the class with @StoredValue.`,
      );
    this.refuseHidden(value, path);
    const plain = this.fields(value, own, path);
    return subType === undefined ? plain : this.withDiscriminator(value, plain, subType.name, place);
  }

  private withDiscriminator(
    value: object,
    plain: Record<string, unknown>,
    name: string,
    { metadata, path }: Place,
  ): object {
    const { discriminator, keepDiscriminatorProperty = false } = metadata.options ?? {};
    const property = discriminator?.property ?? '';
    const own = Object.hasOwn(value, property) ? (value as Record<string, unknown>)[property] : undefined;
    const place = `${path}.${property}`;
    if (keepDiscriminatorProperty && own === undefined)
      throw this.refusal(
        place,
        'it is undefined, but would come back as a string, since keepDiscriminatorProperty is set; set it before the event is stored.',
      );
    if (own !== undefined && (own !== name || !keepDiscriminatorProperty))
      throw this.refusal(
        place,
        own === name
          ? 'it would be lost on the way back; if it is the discriminator of @Type, set keepDiscriminatorProperty, or give it a name of its own.'
          : 'it would come back with another value; if it is the discriminator of @Type, set keepDiscriminatorProperty and give it the name of the class, or give it a name of its own.',
      );
    const named: Record<string, unknown> = { ...plain };
    define(named, property, name);
    return Object.isFrozen(plain) ? Object.freeze(named) : named;
  }

  /** The class that a plain object comes back as. */
  private classFor(value: object, type: unknown, { metadata, path }: Place): AnyClass | undefined {
    const { discriminator } = metadata.options ?? {};
    if (discriminator !== undefined) {
      const name = (value as Record<string, unknown>)[discriminator.property];
      const subType = discriminator.subTypes.find((each) => each.name === name);
      if (subType !== undefined) return subType.value;
    }
    if (typeof type !== 'function' || type === Object || type === Map || type === Set || type === Array)
      return undefined;
    if (isPrimitiveType(type))
      throw this.refusal(
        path,
        `a plain object would come back as a ${type.name}; declare a @Transform for both directions.`,
      );
    const members = Object.values(value);
    if (members.length > 0 && members.every((member) => member instanceof type))
      throw this.refusal(
        path,
        `a record of ${type.name} would come back as one ${type.name}, which @Type says; use a Map, or mark ${type.name} with @StoredValue and leave @Type out.`,
      );
    return type;
  }

  /** What a `@Transform` gave: instances in it become plain objects by the rules of their classes, as in class-transformer. */
  private flattened(value: unknown, path: string): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const kind = collectionKindOf(value);
    if (kind !== undefined && kindOf(value) === kind)
      return splitCollection(value, kind, (member, index, key) =>
        this.flattened(member, memberPath(path, kind, index, key)),
      );
    if (isRecord(value)) {
      const plain: Record<string, unknown> = {};
      for (const [key, item] of Object.entries(value)) define(plain, key, this.flattened(item, `${path}.${key}`));
      return plain;
    }
    const own = classOf(value) ?? Object;
    if (kindOf(value) !== 'instance' || kind !== undefined || storedValueOf(own) !== undefined) return value;
    if (hiddenBesideMembers(value) !== undefined) return value;
    return this.fields(value, own, path);
  }

  private refuseHidden(value: object, path: string): void {
    const hidden = hiddenBesideMembers(value);
    if (hidden !== undefined)
      throw this.refusal(
        path,
        `the state of ${nameOfClass(value)} would be lost: ${hidden}. Mark the class with @StoredValue({ name, to, from }), or declare a @Transform for both directions.`,
      );
  }

  private refuseSymbols(value: object, path: string): void {
    const symbol = Object.getOwnPropertySymbols(value).find((each) =>
      Object.prototype.propertyIsEnumerable.call(value, each),
    );
    if (symbol !== undefined)
      throw this.refusal(path, `the property ${String(symbol)} cannot be stored; JSON has no place for it.`);
  }

  private refusal(path: string, fault: string, cause?: unknown): EventSerializationError {
    return new EventSerializationError(this.eventType, path, fault, cause);
  }
}

function memberPath(path: string, kind: 'array' | 'map' | 'set', index: number, key: unknown): string {
  if (kind === 'array') return `${path}[${index}]`;
  return `${path}{${kind === 'set' ? index : describeKey(key, index)}}`;
}
