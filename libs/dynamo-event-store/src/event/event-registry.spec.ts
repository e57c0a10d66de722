import { describe, expect, it } from '@jest/globals';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { DomainEvent } from './domain-event.decorator.js';
import { EventRegistry } from './event-registry.js';
import type { EventClass } from './event-serializer.js';
import { defineUpcaster, Upcaster, upcasterDefinitionOf, type UpcasterDefinition } from './upcaster.js';

@DomainEvent({ name: 'placed', version: 4, aliases: ['ordered'] })
class Placed {
  readonly a = 1;
}
@DomainEvent({ name: 'paid' })
class Paid {
  readonly a = 1;
}
@DomainEvent({ name: 'placed' })
class PlacedToo {
  readonly a = 1;
}
@DomainEvent({ name: 'new-name', aliases: ['paid'] })
class TakesPaid {
  readonly a = 1;
}

const from = (version: number, event = 'placed'): UpcasterDefinition =>
  defineUpcaster({ event, from: version }, (payload: object) => ({ ...payload, [`v${version + 1}`]: true }));

function faultsOf(
  events: readonly EventClass[],
  upcasters: readonly UpcasterDefinition[] = [],
  registry = new EventRegistry(),
): readonly string[] {
  try {
    registry.register(events, upcasters);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidDefinitionError);
    return (error as InvalidDefinitionError).faults;
  }
  return [];
}

function upcast(registry: EventRegistry, name: string, version: number): readonly unknown[] {
  return registry.upcast({ name, version, payload: {} }).events;
}

describe('registering', () => {
  it('the same class again, or in another module, changes nothing', () => {
    const registry = new EventRegistry();
    registry.register([Placed, Placed]);
    registry.register([Placed, Paid]);
    expect(registry.find('placed')?.eventClass).toBe(Placed);
    expect(registry.find('ordered')?.name).toBe('placed');
    expect(registry.definitionOf(new Paid())?.name).toBe('paid');
  });

  it('reports every fault at once, and then adds nothing', () => {
    class Nameless {
      readonly a = 1;
    }
    @DomainEvent({ name: '' })
    class Empty {
      readonly a = 1;
    }
    @DomainEvent({ name: 'half-\ud800' })
    class Malformed {
      readonly a = 1;
    }
    @DomainEvent({ name: 'x', aliases: ['x'], version: 0.5 })
    class Odd {
      readonly a = 1;
    }
    const registry = new EventRegistry();
    const twice = from(1);
    const faults = faultsOf(
      [Nameless, Empty, Malformed, Odd, Placed, PlacedToo, Paid, TakesPaid],
      [twice, twice, from(0), from(1.5)],
      registry,
    );
    for (const expected of [
      /Nameless has no @DomainEvent/,
      /Empty: .*must not be empty/,
      /Malformed: .*well-formed/,
      /Odd: .*must differ/,
      /Odd: version 0.5/,
      /PlacedToo and Placed both use the event name "placed"/,
      /TakesPaid and Paid both use the event name "paid"/,
      /two upcasters of "placed" from version 1/,
      /"placed" from version 0: versions are whole numbers/,
      /"placed" from version 1.5: versions are whole numbers/,
    ]) {
      expect(faults).toContainEqual(expect.stringMatching(expected));
    }
    expect(faults).toHaveLength(10);
    expect(registry.find('placed')).toBeUndefined();
    expect(registry.find('paid')).toBeUndefined();
  });

  it('two classes of one name in two calls is a fault too', () => {
    const registry = new EventRegistry();
    registry.register([Placed]);
    expect(faultsOf([PlacedToo], [], registry)).toHaveLength(1);
    expect(registry.find('placed')?.eventClass).toBe(Placed);
  });

  it('another upcaster of the same version later is a fault, the same one is not', () => {
    const registry = new EventRegistry();
    const one = from(1);
    registry.register([Placed], [one]);
    expect(faultsOf([], [one], registry)).toEqual([]);
    expect(faultsOf([], [from(1)], registry)).toHaveLength(1);
  });
});

describe('upcasting', () => {
  it('runs each step from the stored version to the current one, in order', () => {
    const registry = new EventRegistry();
    registry.register([Placed], [from(3), from(1), from(2)]);
    expect(upcast(registry, 'placed', 1)).toEqual([
      { name: expect.any(String), version: 4, payload: { v2: true, v3: true, v4: true } },
    ]);
    expect(upcast(registry, 'ordered', 3)).toEqual([{ name: expect.any(String), version: 4, payload: { v4: true } }]);
    expect(upcast(registry, 'placed', 4)).toEqual([{ name: expect.any(String), version: 4, payload: {} }]);
  });

  it('of an event without a class goes to the end of its chain', () => {
    const registry = new EventRegistry();
    registry.register([], [from(1, 'plain'), from(2, 'plain')]);
    expect(upcast(registry, 'plain', 1)).toEqual([
      { name: expect.any(String), version: 3, payload: { v2: true, v3: true } },
    ]);
    expect(upcast(registry, 'plain', 9)).toEqual([{ name: expect.any(String), version: 9, payload: {} }]);
    expect(upcast(registry, 'unheard-of', 2)).toEqual([{ name: expect.any(String), version: 2, payload: {} }]);
  });

  it('never skips a version', () => {
    const registry = new EventRegistry();
    registry.register([Placed], [from(1), from(3)]);
    expect(() => upcast(registry, 'placed', 1)).toThrow(/placed version 2.*from version 2 to 3/);
    expect(() => upcast(registry, 'placed', 5)).toThrow(/newer application/);
  });
});

describe('the chains, checked at boot', () => {
  const chainFaults = (...upcasters: UpcasterDefinition[]): string[] => {
    const registry = new EventRegistry();
    registry.register([Placed, Paid], upcasters);
    return registry.chainFaults();
  };

  it.each<[string, UpcasterDefinition[], RegExp | undefined]>([
    ['complete', [from(1), from(2), from(3)], undefined],
    ['begun later, when older versions were never stored', [from(3)], undefined],
    ['absent', [], undefined],
    ['with a gap', [from(1), from(3)], /gap: none from version 2 to 3/],
    ['that ends too early', [from(1), from(2)], /gap: none from version 3 to 4/],
    ['that goes beyond the event', [from(3), from(4)], /from version 4 has no target/],
    ['under a former name', [from(1, 'ordered')], /current name "placed"/],
  ])('%s', (_, upcasters, fault) => {
    const faults = chainFaults(...upcasters);
    if (fault === undefined) expect(faults).toEqual([]);
    else expect(faults).toEqual([expect.stringMatching(fault)]);
  });

  it('tell the versions that nothing could read', () => {
    const registry = new EventRegistry();
    registry.register([Placed, Paid], [from(2)]);
    expect(registry.uncoveredVersions()).toEqual(['placed version 1', 'placed version 3']);
  });
});

it('a class with @Upcaster becomes a definition that keeps its instance', () => {
  @Upcaster({ event: 'placed', from: 1 })
  class Step {
    private readonly currency = 'EUR';
    upcast(payload: object): object {
      return { ...payload, currency: this.currency };
    }
  }
  const definition = upcasterDefinitionOf(new Step());
  expect(definition).toMatchObject({ event: 'placed', from: 1 });
  expect(definition?.upcast({ a: 1 })).toEqual({ a: 1, currency: 'EUR' });
  expect(upcasterDefinitionOf({})).toBeUndefined();
});

describe('how events under a label are read', () => {
  const name = 'read-before-known';

  it('changes with what is registered later', () => {
    const registry = new EventRegistry();
    expect(registry.readingOf(`${name}~1`).current).toEqual({ name, schemaVersion: 1, eventClass: undefined });
    expect(registry.readingOf(`${name}@1`).current).toBeUndefined();

    @DomainEvent({ name })
    class Known {}
    registry.register([Known]);
    for (const label of [`${name}~1`, `${name}@1`])
      expect(registry.readingOf(label).current).toEqual({ name, schemaVersion: 1, eventClass: Known });

    registry.register([], [{ event: name, from: 1, into: [], upcast: () => ({}) }]);
    expect(registry.readingOf(`${name}@1`).current).toBeUndefined();
  });

  it('is by upcasters where the event is stored under a former name', () => {
    const registry = new EventRegistry();
    @DomainEvent({ name, aliases: ['former'] })
    class Renamed {}
    registry.register([Renamed]);
    expect(registry.readingOf('former@1').current).toMatchObject({ name });
    registry.register([], [{ event: name, from: 1, into: [], upcast: () => ({}) }]);
    expect(registry.readingOf('former@1').current).toBeUndefined();
  });

  it('is by upcasters where the version is another one, and for nobody to say where there is no such label', () => {
    const registry = new EventRegistry();
    @DomainEvent({ name, version: 2 })
    class Newer {}
    registry.register([Newer]);
    expect(registry.readingOf(`${name}@1`).current).toBeUndefined();
    expect(registry.readingOf(`${name}@2`).current).toEqual({ name, schemaVersion: 2, eventClass: Newer });
    expect(() => registry.readingOf(name)).toThrow(SyntaxError);
  });
});
