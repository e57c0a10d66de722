import { Exclude } from 'class-transformer';
import { describe, expect, it } from '@jest/globals';
import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  DomainEvent,
  EventHandler,
  InvalidDefinitionError,
  SnapshotState,
  type AggregateClass,
} from 'nestjs-dynamo-event-store';
import { InMemoryEventStore, scenario } from 'nestjs-dynamo-event-store/testing';

@DomainEvent({ name: 'counted' })
class Counted {
  constructor(readonly by: number) {}
}

const snapshot = { every: 1, write: 'await' } as const;

/** What a repository warns of when an aggregate is stored with its snapshot, and loaded by another process. */
async function warningsOf<A extends AggregateRoot>(aggregateClass: AggregateClass<A>): Promise<string[]> {
  const store = new InMemoryEventStore();
  const warnings: string[] = [];
  const repositoryOf = () => new AggregateRepository(store, { onWarning: ({ message }) => warnings.push(message) });
  const aggregate = new aggregateClass('a-1');
  aggregate.apply(new Counted(1));
  await repositoryOf().save(aggregate);
  await repositoryOf().load(aggregateClass, 'a-1');
  return warnings;
}

/** Versions of one class, as they follow each other in deployments. */
function counterOf(fields: readonly string[]): AggregateClass {
  @Aggregate({ name: 'counter', snapshot })
  class Counter extends AggregateRoot {
    constructor(id: string) {
      super(id);
      for (const field of fields) Reflect.set(this, field, 0);
    }
    @EventHandler(Counted) protected onCounted({ by }: Counted): void {
      for (const field of fields) Reflect.set(this, field, (Reflect.get(this, field) as number) + by);
    }
  }
  return Counter;
}

describe('snapshots, as docs/events.md describes them', () => {
  it('are not taken of one object in two places', async () => {
    @Aggregate({ name: 'shared', snapshot })
    class Shared extends AggregateRoot {
      first: unknown;
      second: unknown;
      @EventHandler(Counted) protected onCounted(): void {
        this.first = this.second = { a: 1 };
      }
    }
    expect(await warningsOf(Shared)).toEqual([
      'No snapshot of shared/a-1 was taken: first and second are one object, and would be two after loading; freeze it, copy it, or keep an id',
    ]);
  });

  it('are taken of a frozen object in two places', async () => {
    @Aggregate({ name: 'frozen', snapshot })
    class Frozen extends AggregateRoot {
      first: unknown;
      second: unknown;
      @EventHandler(Counted) protected onCounted(): void {
        this.first = this.second = Object.freeze({ a: 1 });
      }
    }
    expect(await warningsOf(Frozen)).toEqual([]);
  });

  it('are not taken where a field has a symbol for a name', async () => {
    const hidden = Symbol('hidden');
    @Aggregate({ name: 'symbols', snapshot })
    class Symbols extends AggregateRoot {
      [hidden] = 0;
      @EventHandler(Counted) protected onCounted({ by }: Counted): void {
        this[hidden] += by;
      }
    }
    expect(await warningsOf(Symbols)).toEqual([expect.stringContaining('its field Symbol(hidden) has no name')]);
  });

  it('make a class with #private fields fail, unless fields are marked', async () => {
    @Aggregate({ name: 'private', snapshot })
    class Private extends AggregateRoot {
      #count = 0;
      get count(): number {
        return this.#count;
      }
      @EventHandler(Counted) protected onCounted({ by }: Counted): void {
        this.#count += by;
      }
    }
    await expect(warningsOf(Private)).rejects.toThrow(InvalidDefinitionError);

    @Aggregate({ name: 'marked', snapshot })
    class Marked extends AggregateRoot {
      @SnapshotState() count = 0;
      readonly #step = 1;
      @EventHandler(Counted) protected onCounted({ by }: Counted): void {
        this.count += by * this.#step;
      }
    }
    expect(await warningsOf(Marked)).toEqual([]);
  });

  it('of a class whose decorators change fields are a warning that names them, and not taken where they do', async () => {
    @Aggregate({ name: 'masked', snapshot })
    class Masked extends AggregateRoot {
      @Exclude() secret = '';
      @EventHandler(Counted) protected onCounted(): void {
        this.secret = 'secret';
      }
    }
    const [atBoot, atSave] = await warningsOf(Masked);
    expect(atBoot).toBe(
      'Snapshots of Masked are taken only where its state would be the same again: @Exclude on its field secret changes what a snapshot holds. Mark the fields to store with @SnapshotState, or leave the decorators to a class for answers.',
    );
    expect(atSave).toContain('No snapshot of masked/a-1 was taken');
  });

  it.each([
    ['more fields', ['sum'], ['sum', 'total'], 'the class has a field total, of which it knows nothing'],
    ['fewer fields', ['sum', 'total'], ['sum'], 'the class had other fields when it was taken'],
  ])('are ignored and replaced once the class has %s', async (_, before, after, fault) => {
    const store = new InMemoryEventStore();
    const old = new (counterOf(before))('a-1');
    old.apply(new Counted(1));
    await new AggregateRepository(store).save(old);

    const Now = counterOf(after);
    const warnings: string[] = [];
    const repository = new AggregateRepository(store, { onWarning: ({ message }) => warnings.push(message) });
    const loaded = await repository.load(Now, 'a-1');
    expect(after.map((field) => Reflect.get(loaded, field) as unknown)).toEqual(after.map(() => 1));
    expect(before.filter((field) => !after.includes(field) && field in loaded)).toEqual([]);
    expect(warnings).toEqual([`The snapshot of counter/a-1 at version 1 is not used and will be replaced: ${fault}.`]);
    loaded.apply(new Counted(1));
    await repository.save(loaded);
    await repository.load(Now, 'a-1');
    expect(warnings).toHaveLength(1);
  });

  it('that could not be taken fail the scenario', async () => {
    class Line {
      readonly sku = 'a';
    }
    @Aggregate({ name: 'lines', snapshot: { every: 100 } })
    class Lines extends AggregateRoot {
      line: Line | undefined;
      @EventHandler(Counted) protected onCounted(): void {
        this.line = new Line();
      }
    }
    const counting = scenario(Lines).when((lines) => {
      lines.apply(new Counted(1));
    });
    await expect(counting.thenEvents(new Counted(1))).rejects.toThrow(
      'Event lines snapshot, at line: an instance of Line would come back as another type; mark the class with @StoredValue({ name })',
    );
  });
});
