import { StoredValue } from 'nestjs-dynamo-event-store';

// #region money
@StoredValue({ name: 'money' })
export class Money {
  private constructor(
    readonly cents: bigint,
    readonly currency: string,
  ) {}

  static of(cents: bigint, currency: string): Money {
    if (!/^[A-Z]{3}$/.test(currency)) throw new Error(`"${currency}" is not a currency.`);
    return new Money(cents, currency);
  }

  plus(other: Money): Money {
    if (other.currency !== this.currency) throw new Error(`${other.currency} cannot be added to ${this.currency}.`);
    return new Money(this.cents + other.cents, this.currency);
  }
}
// #endregion

// #region iban
@StoredValue({
  name: 'iban',
  to: (iban: Iban) => iban.text,
  // Events from before 2026 hold { country, rest }. Stored events never change, so both forms are read for ever.
  from: (stored: string | { country: string; rest: string }) =>
    Iban.parse(typeof stored === 'string' ? stored : stored.country + stored.rest),
})
export class Iban {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  static parse(text: string): Iban {
    return new Iban(text.replaceAll(' ', '').toUpperCase());
  }

  get text(): string {
    return this.#text;
  }
}
// #endregion

// #region enum
@StoredValue({ name: 'priority', to: ({ name }: Priority) => name, from: (name: string) => Priority.named(name) })
export class Priority {
  static readonly low = new Priority('low', 14);
  static readonly high = new Priority('high', 1);

  private constructor(
    readonly name: string,
    readonly days: number,
  ) {}

  static named(name: string): Priority {
    const found = [Priority.low, Priority.high].find((each) => each.name === name);
    if (found === undefined) throw new Error(`There is no priority "${name}".`);
    return found;
  }
}
// #endregion

// #region url
// A class of the engine or of another package: call the decorator.
StoredValue({ name: 'url', to: (url: URL) => url.href, from: (href: string) => new URL(href) })(URL);
// #endregion
