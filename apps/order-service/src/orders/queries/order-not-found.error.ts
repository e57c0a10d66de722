/** There is no order with this id. */
export class OrderNotFoundError extends Error {
  override readonly name = 'OrderNotFoundError';
  constructor(readonly orderId: string) {
    super(`There is no order ${orderId}.`);
  }
}
