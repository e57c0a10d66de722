import { AssertionError } from 'node:assert';
import { describe, expect, it } from '@jest/globals';
import { Exclude, Transform } from 'class-transformer';
import {
  Aggregate,
  AggregateRoot,
  DomainEvent,
  EventHandler,
  StoredValue,
  type AggregateClass,
} from 'nestjs-dynamo-event-store';
import { scenario } from 'nestjs-dynamo-event-store/testing';

/** Hides what it holds from everybody who compares its properties, as the classes of Temporal do. */
@StoredValue<Instant, string>({
  name: 'test.instant',
  to: (instant) => instant.toString(),
  from: (text) => new Instant(text),
})
class Instant {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
}

class Hidden {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  get text(): string {
    return this.#text;
  }
}

@DomainEvent({ name: 'shipped' })
class Shipped {
  constructor(readonly at: Instant) {}
}
@DomainEvent({ name: 'packed' })
class Packed {
  @Transform(({ value }) => (value as Hidden).text, { toPlainOnly: true })
  @Transform(({ value }) => new Hidden(value as string), { toClassOnly: true })
  readonly by: Hidden;
  @Exclude()
  readonly note: string;
  constructor(by: Hidden, note = '') {
    this.by = by;
    this.note = note;
  }
}

@Aggregate({ name: 'parcel' })
class Parcel extends AggregateRoot {
  ship(at: string): void {
    this.apply(new Shipped(new Instant(at)));
  }
  pack(by: string, note?: string): void {
    this.apply(new Packed(new Hidden(by), note));
  }
  @EventHandler(Shipped) protected onShipped(_: Shipped): void {
    // Nothing of it is kept.
  }
  @EventHandler(Packed) protected onPacked(_: Packed): void {
    // Nothing of it is kept.
  }
}

describe('thenEvents() compares what is stored', () => {
  const ship = (): Promise<void> =>
    scenario(Parcel)
      .when((parcel) => {
        parcel.ship('2024-01-01');
      })
      .thenEvents(new Shipped(new Instant('2024-01-01')));
  const pack = (by: string): Promise<void> =>
    scenario(Parcel)
      .when((parcel) => {
        parcel.pack('ada');
      })
      .thenEvents(new Packed(new Hidden(by)));

  it('and passes for the same values, though they hide what they hold', async () => {
    await ship();
    await pack('ada');
  });

  it('and fails for another stored value', async () => {
    await expect(
      scenario(Parcel)
        .when((parcel) => {
          parcel.ship('2024-01-01');
        })
        .thenEvents(new Shipped(new Instant('2025-01-01'))),
    ).rejects.toThrow(AssertionError);
  });

  it('and fails for another value under @Transform', async () => {
    await expect(pack('eve')).rejects.toThrow(AssertionError);
  });

  it('and takes no notice of what is never stored', async () => {
    await scenario(Parcel)
      .when((parcel) => {
        parcel.pack('ada', 'a note');
      })
      .thenEvents(new Packed(new Hidden('ada'), 'another note'));
  });
});

describe('a scenario fails for an aggregate whose state cannot be kept', () => {
  function keeping(value: () => unknown, every = 1): AggregateClass<AggregateRoot & { ship(): void }> {
    class Keeping extends AggregateRoot {
      kept: unknown = null;
      ship(): void {
        this.apply(new Shipped(new Instant('2024-01-01')));
      }
      on(_: Shipped): void {
        this.kept = value();
      }
    }
    EventHandler(Shipped)(Keeping.prototype, 'on', Object.getOwnPropertyDescriptor(Keeping.prototype, 'on')!);
    Aggregate({ name: 'keeping', snapshot: { every, write: 'background' } })(Keeping);
    return Keeping;
  }
  const run = (value: () => unknown, every?: number) =>
    scenario(keeping(value, every)).when((each) => {
      each.ship();
    });

  it.each<[string, () => unknown]>([
    ['a function', () => () => 1],
    ['a symbol', () => Symbol('s')],
    [
      'an instance that nothing tells of',
      () =>
        new (class Some {
          a = 1;
        })(),
    ],
    ['an instance with #private members', () => new Hidden('x')],
    ['a WeakMap', () => new WeakMap()],
  ])('in which stands %s, with every policy and every way to end', async (_, value) => {
    for (const every of [1, 1_000]) {
      await expect(run(value, every).thenEvents(new Shipped(new Instant('2024-01-01')))).rejects.toThrow(/kept/);
      await expect(run(value, every).thenState(() => undefined)).rejects.toThrow(/kept/);
    }
  });

  it('and passes where it can be kept', async () => {
    await run(() => new Instant('2024-01-01')).thenEvents(new Shipped(new Instant('2024-01-01')));
    await run(() => new Map([[1n, new Date(0)]])).thenState(() => undefined);
  });
});
