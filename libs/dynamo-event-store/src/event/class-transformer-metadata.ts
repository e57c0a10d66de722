import { Exclude, Expose, Transform, Type, type TransformFnParams } from 'class-transformer';
import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';

type Constructor = abstract new (...args: never[]) => object;

/** One `@Type`. */
export interface TypeMetadata {
  readonly typeFunction?: (options: { newObject: unknown; object: unknown; property: string }) => unknown;
  /** Type of the property as TypeScript emits it; `undefined` without `emitDecoratorMetadata`. */
  readonly reflectedType?: unknown;
  readonly options?: {
    readonly discriminator?: {
      readonly property: string;
      readonly subTypes: readonly { readonly value: Constructor; readonly name: string }[];
    };
    readonly keepDiscriminatorProperty?: boolean;
  };
}

interface DirectionOptions {
  readonly toClassOnly?: boolean;
  readonly toPlainOnly?: boolean;
  readonly groups?: readonly string[];
}

/** One `@Transform`. */
export interface TransformMetadata {
  readonly transformFn: (parameters: TransformFnParams) => unknown;
  readonly options?: DirectionOptions;
}

/** One `@Expose` or `@Exclude`; of the class where `propertyName` is `undefined`. */
export interface ExposureMetadata {
  readonly propertyName: string | undefined;
  readonly options?: DirectionOptions & { readonly name?: string };
}

type ByProperty<T> = ReadonlyMap<string | undefined, T>;
type ByClass<T> = ReadonlyMap<unknown, ByProperty<T>>;

/** What the decorators of class-transformer have recorded, by class and property. */
export interface ClassTransformerMetadata {
  readonly types: ByClass<TypeMetadata>;
  readonly transforms: ByClass<readonly TransformMetadata[]>;
  readonly exposed: ByClass<ExposureMetadata>;
  readonly excluded: ByClass<ExposureMetadata>;
}

const DECORATORS = {
  types: Type(() => Boolean),
  transforms: Transform(({ value }: TransformFnParams): unknown => value),
  exposed: Expose(),
  excluded: Exclude(),
};

/** Where the decorators put what they record. */
function findMetadata(): ClassTransformerMetadata {
  const published = {
    types: defaultMetadataStorage._typeMetadatas,
    transforms: defaultMetadataStorage._transformMetadatas,
    exposed: defaultMetadataStorage._exposeMetadatas,
    excluded: defaultMetadataStorage._excludeMetadatas,
  };
  const found = Object.entries(published).map(([name, byClass]) => {
    class Canary {
      readonly field = true;
    }
    const decorate = DECORATORS[name as keyof typeof DECORATORS];
    decorate(Canary.prototype, 'field');
    return [name, byClass?.has(Canary) === true ? byClass : watched(decorate)];
  });
  return Object.fromEntries(found) as ClassTransformerMetadata;
}

/**
 * A bundler may make two copies of class-transformer, so that the storage imported here is not the one that the decorators
 * fill. Then its maps are found by watching a decorator fill them; nothing else runs meanwhile.
 */
function watched(decorate: PropertyDecorator): unknown {
  class Canary {
    readonly field = true;
  }
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called on each map
  const { set } = Map.prototype;
  let found: unknown;
  Map.prototype.set = function (this: Map<unknown, unknown>, key: unknown, value: unknown) {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the map itself is what is looked for
    if (key === Canary) found = this;
    return set.call(this, key, value);
  };
  try {
    decorate(Canary.prototype, 'field');
  } finally {
    Map.prototype.set = set;
  }
  return found;
}

export const classTransformerMetadata = findMetadata();
