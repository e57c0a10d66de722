/** What `@StoredValue` takes and what it does not: checked by `tsc`, never run. */
/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- what is unsafe is what must not compile */
import { StoredValue } from 'nestjs-dynamo-event-store';

@StoredValue({ name: 'types.point' })
class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
}

@StoredValue({ name: 'types.money' })
class Money {
  private constructor(
    readonly cents: bigint,
    readonly currency: string,
  ) {}
  static of(cents: bigint, currency: string): Money {
    return new Money(cents, currency);
  }
}

@StoredValue({ name: 'types.secret', to: (secret: Secret) => secret.text, from: (text: string) => Secret.of(text) })
class Secret {
  readonly #text: string;
  private constructor(text: string) {
    this.#text = text;
  }
  static of(text: string): Secret {
    return new Secret(text);
  }
  get text(): string {
    return this.#text;
  }
}

@StoredValue({ name: 'types.protected' })
class Guarded {
  protected constructor(readonly value: string) {}
}

abstract class Quantity {
  constructor(readonly amount: number) {}
  abstract readonly unit: string;
}

@StoredValue({ name: 'types.weight' })
class Weight extends Quantity {
  readonly unit = 'kg';
}

// An abstract class has no instances of exactly its own.
@StoredValue({ name: 'types.shape' })
abstract class Shape {
  abstract readonly area: number;
}

@StoredValue({ name: 'types.tags' })
class Tags extends Set<string> {}

// Takes every form that was ever stored.
@StoredValue({
  name: 'types.email',
  to: (email: Email) => ({ local: email.local, domain: email.domain }),
  from: (stored: string | { local: string; domain: string }) =>
    typeof stored === 'string' ? Email.parse(stored) : new Email(stored.local, stored.domain),
})
class Email {
  constructor(
    readonly local: string,
    readonly domain: string,
  ) {}
  static parse(text: string): Email {
    const [local = '', domain = ''] = text.split('@');
    return new Email(local, domain);
  }
}

@StoredValue<Day, string>({ name: 'types.day', to: (day) => day.text, from: (text) => new Day(text) })
class Day {
  constructor(readonly text: string) {}
}

const toUrl: { to: (url: URL) => string; from: (text: string) => URL } = {
  to: (url) => url.href,
  from: (text) => new URL(text),
};
// A class of somebody else's.
StoredValue({ name: 'types.url', ...toUrl })(URL);

// @ts-expect-error -- both to and from, or neither
@StoredValue({ name: 'types.a', to: (a: OnlyTo) => a.value })
class OnlyTo {
  constructor(readonly value: string) {}
}

// @ts-expect-error -- both to and from, or neither
@StoredValue({ name: 'types.b', from: (value: string) => new OnlyFrom(value) })
class OnlyFrom {
  constructor(readonly value: string) {}
}

// @ts-expect-error -- from makes another class
@StoredValue({ name: 'types.c', to: (c: FromOther) => c.value, from: (value: string) => new Point(1, value.length) })
class FromOther {
  constructor(readonly value: string) {}
}

// @ts-expect-error -- to takes another class
@StoredValue({ name: 'types.d', to: (point: Point) => point.x, from: (x: number) => new ToOther(String(x)) })
class ToOther {
  constructor(readonly value: string) {}
}

@StoredValue({
  name: 'types.e',
  // @ts-expect-error -- `from` does not take what `to` gives
  to: (e: OtherForm) => e.value,
  from: (value: number) => new OtherForm(String(value)),
})
class OtherForm {
  constructor(readonly value: string) {}
}

// @ts-expect-error -- functions for another class
@StoredValue({ name: 'types.f', to: (point: Point) => point.x, from: (x: number) => new Point(x, 0) })
class NotThatClass {
  constructor(readonly value: string) {}
}

@StoredValue({
  name: 'types.g',
  to: (g: Late) => g.value,
  // @ts-expect-error -- `from` is synchronous
  from: (value: string) => Promise.resolve(new Late(value)),
})
class Late {
  constructor(readonly value: string) {}
}

// @ts-expect-error -- the name is needed
@StoredValue({})
class Nameless {}

// @ts-expect-error -- the name is needed
@StoredValue({ to: (value: NamelessToo) => value.text, from: (text: string) => new NamelessToo(text) })
class NamelessToo {
  constructor(readonly text: string) {}
}

class Wrong {
  // @ts-expect-error -- it is for classes, not for fields
  @StoredValue({ name: 'types.h' }) readonly field = 1;
  // @ts-expect-error -- it is for classes, not for methods
  @StoredValue({ name: 'types.i' }) method(): void {
    // Nothing to do.
  }
}
