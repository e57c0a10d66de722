import { randomInt } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  CreateTableCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  type DynamoDBClient,
  type QueryCommandInput,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Random, SimulatedDynamoDb } from '../../libs/dynamo-event-store/src/testing/simulation/index.js';
import { testClient, uniqueTableName } from '../support/dynamodb.js';
import { comparable, normalized, type Comparable } from '../support/comparable-answers.js';
import { RandomOperations, type RandomCommand } from '../support/random-operations.js';
import { S, THINGS, type Item } from '../support/simulated-table.js';

/**
 * The same random requests, on the simulated DynamoDB and on DynamoDB Local. `SIMULATION_SEED` repeats a run.
 *
 * Where DynamoDB Local differs from what is documented of DynamoDB, the model follows the documentation, and the difference is
 * kept out of the comparison:
 * - it knows no transaction conflicts;
 * - it charges transactions, batches and empty pages of a Query otherwise;
 * - an update in a transaction that does not fit its item is a `ValidationException` instead of a cancellation reason;
 * - `UPDATED_OLD` and `UPDATED_NEW` bring whole attributes where only a part of them was updated;
 * - numbers that an update computed are not normalized;
 * - a full page that ends right at the bound of its key condition has no last key;
 * - what a filter drops does not count towards the 1 MB of a page;
 * - items of an index with one sort key, the partitions of a scan, and the items of a BatchGetItem, of which no order is
 *   documented, have another order.
 */
const SEED = process.env['SIMULATION_SEED'] ?? String(randomInt(2 ** 32));
const SEQUENCES = 6;
const REQUESTS = 500;

describe(`the simulated DynamoDB answers like DynamoDB Local (SIMULATION_SEED=${SEED})`, () => {
  const local = testClient({ maxAttempts: 1 });
  let table: string;
  let simulated: SimulatedDynamoDb;

  beforeAll(() => {
    console.info(`SIMULATION_SEED=${SEED}`);
  });
  beforeEach(async () => {
    table = uniqueTableName('simulated');
    simulated = new SimulatedDynamoDb();
    simulated.createTable(table, THINGS);
    await local.send(new CreateTableCommand({ ...THINGS, TableName: table }));
  });
  afterAll(() => {
    local.destroy();
  });

  /** Sends a command to both, and fails with all that is needed to see why when they answer differently. */
  async function both(command: RandomCommand | ScanCommand, step: string): Promise<Comparable> {
    const [theirs, ours] = await Promise.all([answer(local, command), answer(simulated.client, command)]);
    // Much faster than the matcher, which is asked only for what it has to say.
    if (isDeepStrictEqual(ours, theirs)) return ours;
    try {
      expect(ours).toEqual(theirs);
    } catch (error) {
      const input = JSON.stringify(command.input);
      throw new Error(`SIMULATION_SEED=${SEED}, ${step}: ${command.constructor.name} ${input}\n${String(error)}`, {
        cause: error,
      });
    }
    return ours;
  }

  async function answer(client: DynamoDBClient, command: RandomCommand | ScanCommand): Promise<Comparable> {
    return client.send(command as PutItemCommand).then(
      (output) => comparable(command, { output }),
      (error: unknown) => comparable(command, { error }),
    );
  }

  /** All pages, each compared, and all their items. */
  async function pages(command: (start: Item | undefined) => QueryCommand, step: string): Promise<Item[]> {
    const items: Item[] = [];
    let start: Item | undefined;
    do {
      const page = await both(command(start), step);
      items.push(...((page['Items'] ?? []) as Item[]));
      start = page['LastEvaluatedKey'] as Item | undefined;
    } while (start !== undefined);
    return items;
  }

  async function scanned(client: DynamoDBClient, input: Partial<ScanCommandInput> = {}): Promise<Item[]> {
    const items: Item[] = [];
    let start: Item | undefined;
    do {
      const page = await client.send(new ScanCommand({ TableName: table, ...input, ExclusiveStartKey: start }));
      items.push(...(page.Items ?? []));
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
    const keyOf = ({ pk, sk }: Item): string => `${pk!.S!} ${sk!.S!}`;
    return items.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }

  it.each(Array.from({ length: SEQUENCES }, (_, index) => index))('sequence %i of small items', async (sequence) => {
    const random = new Random(SEED).fork(`sequence ${sequence}`);
    const operations = new RandomOperations(random, table, table.slice(-12));
    const seen: Record<string, number> = {};
    for (let request = 0; request < REQUESTS; request++) {
      const answered = await both(operations.next(), `sequence ${sequence}, request ${request}`);
      const outcome = typeof answered['name'] === 'string' ? answered['name'] : 'answered';
      seen[outcome] = (seen[outcome] ?? 0) + 1;
    }
    // Otherwise nothing would have been compared but refusals.
    expect(seen['answered']).toBeGreaterThan(REQUESTS / 3);
    expect(Object.keys(seen)).toEqual(
      expect.arrayContaining([
        'ConditionalCheckFailedException',
        'TransactionCanceledException',
        'ValidationException',
      ]),
    );
    for (const input of [{}, { Limit: 2 }, { IndexName: 'some', Limit: 3 }, { Segment: 0, TotalSegments: 1 }])
      expect(normalized(await scanned(simulated.client, input))).toEqual(normalized(await scanned(local, input)));
  });

  it('large items, page by page', async () => {
    const random = new Random(SEED).fork('large');
    for (let count = 0; count < 24; count++) {
      const bytes = random.pick([1_000, 100_000, 262_144, 390_000]) - random.int(200);
      const item = {
        pk: S('p'),
        sk: S(`${random.int(1_000_000)}`),
        f: S('é'.repeat(bytes / 2)),
        grp: S('g'),
        rnk: { N: `${count}` },
      };
      await both(
        new PutItemCommand({ TableName: table, Item: item, ReturnConsumedCapacity: 'INDEXES' }),
        `item ${count}`,
      );
    }
    const partition = { KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': S('p') } };
    const index = { IndexName: 'all', KeyConditionExpression: 'grp = :p', ExpressionAttributeValues: { ':p': S('g') } };
    const stored = simulated.items(table).length;
    for (let round = 0; round < 6; round++) {
      const input: Partial<QueryCommandInput> = {
        ...(random.chance(0.5) ? partition : index),
        ScanIndexForward: random.chance(0.5),
        ...(random.chance(0.5) ? { ProjectionExpression: 'sk' } : {}),
        ...(random.chance(0.5) ? { Limit: 1 + random.int(8) } : {}),
      };
      const found = await pages(
        (start) =>
          new QueryCommand({ TableName: table, ReturnConsumedCapacity: 'INDEXES', ...input, ExclusiveStartKey: start }),
        `round ${round}`,
      );
      expect(found).toHaveLength(stored);
    }
  });
});
