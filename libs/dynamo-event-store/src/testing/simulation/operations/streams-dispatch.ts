import { NotSimulatedError } from '../errors.js';
import type { Database } from './database.js';
import type { Operation } from './dispatch.js';
import { describeStream, getRecords, getShardIterator } from './streams.js';

/** By name of the command, since its class belongs to a package that need not be installed. */
const OPERATIONS = new Map<string, Operation>();

function register<Input extends object>(name: string, run: (input: Input, database: Database) => object): void {
  OPERATIONS.set(`${name}Command`, { name, run: (input, database) => run(input as Input, database) });
}

register('DescribeStream', describeStream);
register('GetShardIterator', getShardIterator);
register('GetRecords', getRecords);

/** @throws NotSimulatedError The model does not have the operation. */
export function streamsOperationOf(command: object): Operation {
  const operation = OPERATIONS.get(command.constructor.name);
  if (operation === undefined) throw new NotSimulatedError(`the operation ${command.constructor.name}`);
  return operation;
}
