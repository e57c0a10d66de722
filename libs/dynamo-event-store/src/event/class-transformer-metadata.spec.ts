import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Exclude, Expose, Transform, Type } from 'class-transformer';
import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';

const set = Object.getOwnPropertyDescriptor(Map.prototype, 'set');

/** What a bundler makes of the library that resolves `class-transformer` to one of its builds, and its storage to another. */
async function withStorageOfAnotherCopy() {
  const require = createRequire(import.meta.url);
  let copy: { readonly defaultMetadataStorage: object } | undefined;
  jest.isolateModules(() => {
    copy = require('class-transformer/cjs/storage.js') as typeof copy;
  });
  expect(copy?.defaultMetadataStorage).toBeDefined();
  expect(copy?.defaultMetadataStorage).not.toBe(defaultMetadataStorage);
  jest.unstable_mockModule('class-transformer/cjs/storage.js', () => copy);
  const { classTransformerMetadata } = await import('./class-transformer-metadata.js');
  const { isTransformed } = await import('./class-rules.js');
  const { ClassTransformerSerializer } = await import('./class-transformer-serializer.js');
  return { classTransformerMetadata, isTransformed, serializer: new ClassTransformerSerializer() };
}

class Line {
  constructor(readonly sku: string) {}
}

class Order {
  @Type(() => Line) readonly line: Line;
  @Transform(({ value }: { value: string }) => value.trim()) readonly name: string;
  @Exclude() readonly password: string;
  @Expose({ name: 'c' }) readonly customer: string;
  constructor(line: Line, name: string, password: string, customer: string) {
    this.line = line;
    this.name = name;
    this.password = password;
    this.customer = customer;
  }
}

class Plain {
  constructor(readonly text: string) {}
}

describe('the metadata of class-transformer, where its storage is another copy than its decorators', () => {
  let world: Awaited<ReturnType<typeof withStorageOfAnotherCopy>>;

  beforeAll(async () => {
    world = await withStorageOfAnotherCopy();
  });

  it('is that of the decorators', () => {
    const { types, transforms, exposed, excluded } = world.classTransformerMetadata;
    expect(types.get(Order)?.has('line')).toBe(true);
    expect(transforms.get(Order)?.has('name')).toBe(true);
    expect(excluded.get(Order)?.has('password')).toBe(true);
    expect(exposed.get(Order)?.has('customer')).toBe(true);
  });

  it('tells decorated classes from plain ones, which take the short way', () => {
    expect([Order, Plain].map(world.isTransformed)).toEqual([true, false]);
  });

  it('counts when events are written and read', () => {
    const type = { name: 'order', schemaVersion: 1, eventClass: Order };
    const stored = world.serializer.serialize(new Order(new Line('a'), ' Ada ', 'secret', 'c-1'), type);
    expect(stored).toEqual({ line: { sku: 'a' }, name: 'Ada', c: 'c-1' });
    const read = world.serializer.deserialize(stored, type) as Order;
    expect(read).toBeInstanceOf(Order);
    expect(Object.fromEntries(Object.entries(read))).toStrictEqual({
      line: new Line('a'),
      name: 'Ada',
      customer: 'c-1',
    });
  });

  it('is found without leaving Map changed', () => {
    expect(Object.getOwnPropertyDescriptor(Map.prototype, 'set')).toEqual(set);
  });
});
