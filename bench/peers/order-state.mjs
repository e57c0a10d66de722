/** The reducer of `../src/works/order-events.ts`, for stores whose state has more fields. */
export const NO_LINES = { lines: 0, quantity: 0, cents: 0, lastCustomer: '' };

export function addLine(state, { customer, line }) {
  return {
    ...state,
    lines: state.lines + 1,
    quantity: state.quantity + line.quantity,
    cents: state.cents + line.quantity * line.unitPrice,
    lastCustomer: customer.id,
  };
}

export function clientConfig(endpoint) {
  return { endpoint, region: 'local', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
}

/** A table as `CreateTable` takes it. `range` and the ranges of indexes are `[name, type]`. */
export function tableOf(name, hash, range, indexes = []) {
  const keys = [hash, range, ...indexes.flatMap((index) => [index.hash, index.range])];
  const types = new Map(keys.map(([key, type]) => [key, type]));
  const schema = (first, second) => [
    { AttributeName: first[0], KeyType: 'HASH' },
    { AttributeName: second[0], KeyType: 'RANGE' },
  ];
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: schema(hash, range),
    AttributeDefinitions: [...types].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
    ...(indexes.length === 0
      ? {}
      : {
          GlobalSecondaryIndexes: indexes.map((index) => ({
            IndexName: index.name,
            KeySchema: schema(index.hash, index.range),
            Projection: { ProjectionType: index.projection },
          })),
        }),
  };
}
