import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { NotSimulatedError } from '../errors.js';
import { batchGetItem } from './batch-get.js';
import { batchWriteItem } from './batch-write.js';
import type { Database } from './database.js';
import { getItem } from './get-item.js';
import { query } from './query.js';
import { scan } from './scan.js';
import { deleteItem, putItem, updateItem } from './single-writes.js';
import { createTable, deleteTable, describeTable, describeTimeToLive, updateTimeToLive } from './tables.js';
import { transactGetItems } from './transact-get.js';
import { transactWriteItems } from './transact-write.js';
import type { TransactionTokens } from './transaction-tokens.js';

export interface Operation {
  readonly name: string;
  readonly run: (input: object, database: Database, tokens: TransactionTokens) => object;
}

const OPERATIONS = new Map<unknown, Operation>();

/** The input of a command belongs to its class, which is what the two have in common here. */
function register<Input extends object>(
  command: abstract new (input: Input) => { readonly input: Input },
  name: string,
  run: (input: Input, database: Database, tokens: TransactionTokens) => object,
): void {
  OPERATIONS.set(command, { name, run: (input, database, tokens) => run(input as Input, database, tokens) });
}

register(PutItemCommand, 'PutItem', putItem);
register(GetItemCommand, 'GetItem', getItem);
register(UpdateItemCommand, 'UpdateItem', updateItem);
register(DeleteItemCommand, 'DeleteItem', deleteItem);
register(QueryCommand, 'Query', query);
register(ScanCommand, 'Scan', scan);
register(BatchGetItemCommand, 'BatchGetItem', batchGetItem);
register(BatchWriteItemCommand, 'BatchWriteItem', batchWriteItem);
register(TransactGetItemsCommand, 'TransactGetItems', transactGetItems);
register(TransactWriteItemsCommand, 'TransactWriteItems', transactWriteItems);
register(CreateTableCommand, 'CreateTable', createTable);
register(DescribeTableCommand, 'DescribeTable', describeTable);
register(DeleteTableCommand, 'DeleteTable', deleteTable);
register(UpdateTimeToLiveCommand, 'UpdateTimeToLive', updateTimeToLive);
register(DescribeTimeToLiveCommand, 'DescribeTimeToLive', describeTimeToLive);

/** @throws NotSimulatedError The model does not have the operation. */
export function operationOf(command: object): Operation {
  const operation = OPERATIONS.get(command.constructor);
  if (operation === undefined) throw new NotSimulatedError(`the operation ${command.constructor.name}`);
  return operation;
}
