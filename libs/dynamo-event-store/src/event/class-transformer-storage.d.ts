/** The part of class-transformer's metadata that it does not publish in its index, as `@nestjs/mapped-types` uses it too. */
declare module 'class-transformer/cjs/storage.js' {
  type ByClass = ReadonlyMap<unknown, unknown>;
  export const defaultMetadataStorage: {
    readonly _typeMetadatas?: ByClass;
    readonly _transformMetadatas?: ByClass;
    readonly _exposeMetadatas?: ByClass;
    readonly _excludeMetadatas?: ByClass;
  };
}
