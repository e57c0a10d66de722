import type { CreateTableCommandInput, KeySchemaElement, Projection } from '@aws-sdk/client-dynamodb';
import { NotSimulatedError, required, validationError } from '../errors.js';
import type { KeyAttribute } from '../expressions/key-condition.js';

/** A table as `CreateTable` takes it; what has no meaning for the model, such as billing, is only kept. */
export type SimulatedTableDefinition = Omit<CreateTableCommandInput, 'TableName'>;

export interface KeySchema {
  readonly partition: KeyAttribute;
  readonly sort: KeyAttribute | undefined;
}

export interface IndexSchema {
  readonly name: string;
  readonly keys: KeySchema;
  /** Attributes that the index holds, keys included; `undefined` when it holds all. */
  readonly attributes: ReadonlySet<string> | undefined;
}

export interface TableSchema {
  readonly name: string;
  readonly keys: KeySchema;
  readonly keyNames: readonly string[];
  readonly indexes: readonly IndexSchema[];
}

export function tableSchema(name: string, definition: SimulatedTableDefinition): TableSchema {
  if (definition.LocalSecondaryIndexes !== undefined) throw new NotSimulatedError('local secondary indexes');
  const types = new Map(
    (definition.AttributeDefinitions ?? []).map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]),
  );
  const keyAttribute = (attribute: string | undefined): KeyAttribute => {
    const type = types.get(attribute);
    if (attribute === undefined || type === undefined)
      throw validationError(
        'One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions',
      );
    return { name: attribute, type };
  };
  const keysOf = (elements: readonly KeySchemaElement[] | undefined): KeySchema => {
    const sort = elements?.find(({ KeyType }) => KeyType === 'RANGE');
    return {
      partition: keyAttribute(elements?.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName),
      sort: sort === undefined ? undefined : keyAttribute(sort.AttributeName),
    };
  };
  const keys = keysOf(required(definition.KeySchema, 'keySchema'));
  const indexes = (definition.GlobalSecondaryIndexes ?? []).map(({ IndexName, KeySchema, Projection }) => {
    const own = keysOf(KeySchema);
    return {
      name: required(IndexName, 'indexName'),
      keys: own,
      attributes: attributesOf(Projection, [...namesOf(keys), ...namesOf(own)]),
    };
  });
  const used = new Set([keys, ...indexes.map((index) => index.keys)].flatMap(namesOf));
  if (types.size !== used.size)
    throw validationError(
      'One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of ' +
        'attributes defined in AttributeDefinitions',
    );
  return { name, keys, keyNames: namesOf(keys), indexes };
}

export function namesOf({ partition, sort }: KeySchema): string[] {
  return sort === undefined ? [partition.name] : [partition.name, sort.name];
}

function attributesOf(projection: Projection | undefined, keys: readonly string[]): Set<string> | undefined {
  return projection?.ProjectionType === 'ALL' ? undefined : new Set([...keys, ...(projection?.NonKeyAttributes ?? [])]);
}
