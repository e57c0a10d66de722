/**
 * | status    | lines change | pay  | ship    | cancel    | refund                 |
 * |-----------|--------------|------|---------|-----------|------------------------|
 * | placed    | yes          | paid |         | cancelled |                        |
 * | paid      |              |      | shipped | cancelled | refunded               |
 * | shipped   |              |      |         |           | refunded (a return)    |
 * | cancelled |              |      |         |           | refunded (if was paid) |
 * | refunded  |              |      |         |           |                        |
 */
export const ORDER_STATUSES = ['placed', 'paid', 'shipped', 'cancelled', 'refunded'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];
