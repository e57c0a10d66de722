/** What the references of orders are unique among, together with their customer. */
export const ORDER_REFERENCE = 'order-reference';

/** The customer's own number of an order as it is compared: letter by letter, however the letters are composed. */
export function referenceOfCustomer(customerId: string, reference: string): string {
  return JSON.stringify([customerId, reference.normalize('NFC')]);
}
