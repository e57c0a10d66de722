import { commitBytes, costOfAppend, priceOf, times } from 'nestjs-dynamo-event-store/cost';

// An event of your own, as it is stored: its JSON text in UTF-8.
const added = { productId: 'book-17', title: 'Walden', quantity: 2, unitPrice: '12.50' };
const bytes = Buffer.byteLength(JSON.stringify(added));

// One commit of two such events, which become versions 8 and 9 of their stream.
const commit = commitBytes({
  stream: { aggregate: 'order', id: '0b6a7f9e-5d2c-4c1e-9a8b-3f1d2e4c5b6a' },
  version: 8,
  events: [
    { type: 'product-added@1', bytes },
    { type: 'product-added@1', bytes },
  ],
});

/** 1 PutItem, 1 write unit. */
export const append = costOfAppend({ commit });
/** 0.625 US dollars a million. */
export const dollarsPerMillion = priceOf(times(1_000_000, append));
