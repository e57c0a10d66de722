/** What every contestant stores: about 300 bytes of JSON, nested, with pseudo-random ids and words. */
export interface LineAddedData {
  readonly customer: CustomerData;
  readonly line: LineData;
  readonly at: string;
}

export interface CustomerData {
  readonly id: string;
  readonly name: string;
  readonly address: { readonly street: string; readonly city: string; readonly zip: string };
}

export interface LineData {
  readonly productId: string;
  readonly quantity: number;
  readonly unitPrice: number;
  readonly note: string;
}

export const LINE_ADDED = 'line-added';

/** What every contestant folds the events into. */
export interface OrderState {
  readonly lines: number;
  readonly quantity: number;
  readonly cents: number;
  readonly lastCustomer: string;
}

export const NO_LINES: OrderState = { lines: 0, quantity: 0, cents: 0, lastCustomer: '' };

export function addLine(state: OrderState, { customer, line }: LineAddedData): OrderState {
  return {
    lines: state.lines + 1,
    quantity: state.quantity + line.quantity,
    cents: state.cents + line.quantity * line.unitPrice,
    lastCustomer: customer.id,
  };
}

export function sameState(a: OrderState, b: OrderState): boolean {
  return a.lines === b.lines && a.quantity === b.quantity && a.cents === b.cents && a.lastCustomer === b.lastCustomer;
}

const WORDS =
  'amber anchor basket bridge candle canvas cedar copper cotton dragon ember falcon garden granite hammer harbour ' +
  'island jasmine kettle lantern leather linen marble meadow needle oyster paper pepper quartz ribbon saddle silver ' +
  'timber velvet walnut willow window winter yellow zephyr';

/** Distinct events; the ones after these are the same again. */
const EVENTS = 2_000;

/** Park and Miller's generator: the same events in every process and every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

function makeEvents(): readonly LineAddedData[] {
  const random = generator(20_280_101);
  const words = WORDS.split(' ');
  const hex = (digits: number) => Array.from({ length: digits }, () => random(16).toString(16)).join('');
  const text = (count: number) => Array.from({ length: count }, () => words[random(words.length)]).join(' ');
  return Array.from({ length: EVENTS }, (_, index) => ({
    customer: {
      id: `c-${hex(12)}`,
      name: text(2),
      address: { street: `${text(1)} street ${10 + random(90)}`, city: text(1), zip: String(10_000 + random(90_000)) },
    },
    line: {
      productId: `p-${hex(12)}`,
      quantity: 1 + random(9),
      unitPrice: 100 + random(9_900),
      note: text(9),
    },
    at: new Date(Date.UTC(2028, 0, 1) + index * 1_000).toISOString(),
  }));
}

const events = makeEvents();

/** Event of a stream by its place, from 0. */
export function eventAt(place: number): LineAddedData {
  const event = events[place % EVENTS];
  if (event === undefined) throw new RangeError(`There is no event at place ${place}.`);
  return event;
}

export function eventsAt(place: number, count: number): LineAddedData[] {
  return Array.from({ length: count }, (_, index) => eventAt(place + index));
}

/** What a stream of the first `count` events comes to. */
export function expectedState(count: number): OrderState {
  let state = NO_LINES;
  for (let place = 0; place < count; place++) state = addLine(state, eventAt(place));
  return state;
}
