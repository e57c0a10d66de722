/** Name of the one event. */
export const BOOKED = 'booked';

/** How large an event is, and what its text is made of. */
export interface EventSize {
  /** Of the payload as JSON, about. */
  readonly bytes: number;
  /** Words, which compression makes small, or characters at random, which it can hardly. */
  readonly text: 'words' | 'random';
}

/** As in the main bench. */
export const USUAL_SIZE: EventSize = { bytes: 300, text: 'words' };

export interface Booking {
  readonly amount: number;
  readonly text: string;
}

const WORDS =
  'amber anchor basket bridge candle canvas cedar copper cotton dragon ember falcon garden granite hammer harbour ' +
  'island jasmine kettle lantern leather linen marble meadow needle oyster paper pepper quartz ribbon saddle silver';

/** Printable ASCII that JSON need not escape: the most bits that a byte of text can hold. */
const CHARACTERS = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).filter(
  (character) => character !== '"' && character !== '\\',
);

/** Distinct bookings of each size; the ones after these are the same again. */
export const DISTINCT_BOOKINGS = 200;
const ENVELOPE_BYTES = '{"amount":100,"text":""}'.length;

const texts = new Map<string, readonly string[]>();

/** The same bookings in every process and every run. */
export function bookingAt(place: number, size: EventSize): Booking {
  return { amount: amountAt(place), text: textsOf(size)[place % DISTINCT_BOOKINGS] ?? '' };
}

/** Balance after so many bookings. */
export function balanceAfter(count: number): number {
  let balance = 0;
  for (let place = 0; place < count; place++) balance += amountAt(place);
  return balance;
}

function amountAt(place: number): number {
  return 100 + ((place * 37) % DISTINCT_BOOKINGS);
}

function textsOf({ bytes, text }: EventSize): readonly string[] {
  const key = `${bytes} ${text}`;
  const made = texts.get(key) ?? makeTexts(bytes - ENVELOPE_BYTES, text);
  texts.set(key, made);
  return made;
}

function makeTexts(length: number, kind: EventSize['text']): readonly string[] {
  const random = generator(20_280_101);
  const parts = kind === 'words' ? WORDS.split(' ').map((word) => `${word} `) : CHARACTERS;
  return Array.from({ length: DISTINCT_BOOKINGS }, () => {
    let text = '';
    while (text.length < length) text += parts[random(parts.length)] ?? '';
    return text.slice(0, length);
  });
}

/** Park and Miller's generator. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}
