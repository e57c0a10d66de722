import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  type CancellationReason,
} from '@aws-sdk/client-dynamodb';
import type { Item } from './simulated-table.js';

export type Comparable = Record<string, unknown>;

/** What two engines must agree on: of an answer all but its charges where one misreports them, of an error what it means. */
export function comparable(command: object, outcome: { output: object } | { error: unknown }): Comparable {
  if ('error' in outcome) return comparableError(outcome.error as Error);
  const output = normalized(outcome.output) as Comparable;
  delete output['$metadata'];
  if (isChargedOtherwise(command) || output['ScannedCount'] === 0) delete output['ConsumedCapacity'];
  if (command instanceof BatchGetItemCommand) sortResponses(output['Responses'] as Record<string, Item[]>);
  return output;
}

function isChargedOtherwise(command: object): boolean {
  return [BatchGetItemCommand, BatchWriteItemCommand, TransactGetItemsCommand, TransactWriteItemsCommand].some(
    (each) => command instanceof each,
  );
}

function comparableError(error: Error): Comparable {
  const { Item: item, CancellationReasons: reasons } = error as {
    Item?: Item;
    CancellationReasons?: CancellationReason[];
  };
  return {
    name: error.name,
    ...(item === undefined ? {} : { Item: normalized(item) }),
    ...(reasons === undefined
      ? {}
      : { CancellationReasons: reasons.map(({ Code, Item: found }) => ({ Code, Item: normalized(found) })) }),
  };
}

/** With numbers in one form, since DynamoDB Local returns some of them as they were sent. */
export function normalized(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(normalized);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (name === 'N' && typeof member === 'string') return [name, plain(member)];
      return [name, name === 'NS' && Array.isArray(member) ? (member as string[]).map(plain) : normalized(member)];
    }),
  );
}

/** A number without an exponent in its text, and without zeros at its ends. */
function plain(number: string): string {
  if (!number.includes('.')) return number;
  const trimmed = number.replace(/0+$/, '').replace(/\.$/, '');
  return trimmed === '-0' ? '0' : trimmed;
}

function sortResponses(responses: Record<string, Item[]>): void {
  for (const items of Object.values(responses))
    items.sort((a, b) => (JSON.stringify([a['pk'], a['sk']]) < JSON.stringify([b['pk'], b['sk']]) ? -1 : 1));
}
