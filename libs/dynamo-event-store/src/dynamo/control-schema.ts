import { InvalidArgumentError } from '../errors/argument-errors.js';

/**
 * Layout of the control table, which holds what the instances of a service share. No other file knows its attributes.
 *
 * | attribute | holds                                                              |
 * | --------- | ------------------------------------------------------------------ |
 * | `pk`      | partition: the kind of record                                      |
 * | `sk`      | id of the record in its partition                                  |
 * | `rev`     | revision: grows with each change; every change is conditional on it |
 * | `doc`     | the record as JSON text                                            |
 */
export const CONTROL = { partitionKey: 'pk', sortKey: 'sk', revision: 'rev', document: 'doc' } as const;

/** Table of progress, leases, parked streams and timers, beside an event table. */
export function controlTableName(eventTable: string): string {
  return `${eventTable}-control`;
}

/** Input for `CreateTable`: on demand, without indexes. @throws InvalidArgumentError The name is empty. */
export function controlTableDefinition(tableName: string) {
  if (tableName === '') throw new InvalidArgumentError('tableName', 'must not be empty.');
  return {
    TableName: tableName,
    AttributeDefinitions: [
      { AttributeName: CONTROL.partitionKey, AttributeType: 'S' as const },
      { AttributeName: CONTROL.sortKey, AttributeType: 'S' as const },
    ],
    KeySchema: [
      { AttributeName: CONTROL.partitionKey, KeyType: 'HASH' as const },
      { AttributeName: CONTROL.sortKey, KeyType: 'RANGE' as const },
    ],
    BillingMode: 'PAY_PER_REQUEST' as const,
  };
}
