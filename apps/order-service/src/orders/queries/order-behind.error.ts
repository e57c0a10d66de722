/** An order that this process has stored is not shown at all yet. */
export class OrderBehindError extends Error {
  override readonly name = 'OrderBehindError';
  constructor(
    readonly orderId: string,
    /** Version that was stored. */
    readonly wanted: number,
  ) {
    super(`Order ${orderId} is stored up to version ${wanted}, but not shown yet.`);
  }
}
