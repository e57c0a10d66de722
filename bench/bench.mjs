/**
 * Client CPU and time of an append and a load, as ratios to the bare SDK in the same run: `npm run build && npm run bench`.
 *
 * Rounds of both are interleaved and the median is taken, so what else the machine does falls on both. Counts and capacity
 * are the same on every machine and are asserted in `test/integration/cost.int-spec.ts`, not here.
 */
import { parseArgs } from 'node:util';
import { CreateTableCommand, DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { DynamoEventStore, eventTableDefinition } from 'nestjs-dynamo-event-store';
import { startLocalDynamoDb } from 'nestjs-dynamo-event-store/testing';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const ROUNDS = values.quick ? 5 : 15;
const APPENDS_PER_ROUND = 100;

const engine = await startLocalDynamoDb({ engine: 'dynamodb-local' });
const client = new DynamoDBClient(engine.clientConfig);
const tableName = 'bench';
await client.send(new CreateTableCommand(eventTableDefinition({ tableName })));
const store = new DynamoEventStore({ client, tableName });
let nextStream = 0;

/** About 300 bytes of JSON. */
const payload = (index) => ({
  index,
  customer: 'ALFKI',
  note: 'x'.repeat(220),
  amount: '12.34',
  at: '2026-01-01T00:00:00.000Z',
});

const bare = {
  async append(events) {
    const id = `bare-${nextStream++}`;
    const body = JSON.stringify(events.map((event) => ({ type: 'noted', payload: event })));
    const item = { pk: { S: id }, sk: { S: 'e#1' }, events: { S: body } };
    await client.send(
      new PutItemCommand({ TableName: tableName, Item: item, ConditionExpression: 'attribute_not_exists(pk)' }),
    );
  },
  async load(id) {
    let count = 0;
    let startKey;
    do {
      const page = await client.send(
        new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: `#bench#${id}` } },
          ConsistentRead: true,
          ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
        }),
      );
      for (const item of page.Items) count += JSON.parse(item.events.S).length;
      startKey = page.LastEvaluatedKey;
    } while (startKey !== undefined);
    return count;
  },
};

const ours = {
  async append(events) {
    const stream = { aggregate: 'bench', id: `ours-${nextStream++}` };
    await store.append(
      stream,
      events.map((event) => ({ type: 'noted', payload: event })),
      { expected: 'none' },
    );
  },
  async load(id) {
    let count = 0;
    for await (const { event } of store.read({ aggregate: 'bench', id })) count += event.index >= 0 ? 1 : 0;
    return count;
  },
};

try {
  const rows = [];
  for (const size of [1, 10, 100]) {
    const events = Array.from({ length: size }, (_, index) => payload(index));
    rows.push(await compare(`append of ${size}`, APPENDS_PER_ROUND, (side) => side.append(events)));
  }
  for (const commits of [100, 1_000]) {
    const id = `load-${commits}`;
    let head = await store.append({ aggregate: 'bench', id }, [{ type: 'noted', payload: payload(0) }], {
      expected: 'none',
    });
    for (let index = 1; index < commits; index++) {
      head = await store.append(head.stream, [{ type: 'noted', payload: payload(index) }], { expected: head });
    }
    const repeats = Math.ceil(1_000 / commits);
    rows.push(
      await compare(`load of ${commits} commits of 1`, repeats, async (side) => check(await side.load(id), commits)),
    );
  }
  console.log(
    `Node ${process.version}, ${engine.engine}, median of ${ROUNDS} interleaved rounds; ratio = ours / bare SDK`,
  );
  console.table(rows);
} finally {
  client.destroy();
  await engine.stop();
}

async function compare(name, repeats, work) {
  await round(bare, repeats, work);
  await round(ours, repeats, work);
  const rounds = [];
  for (let index = 0; index < ROUNDS; index++) {
    const [floor, own] = [await round(bare, repeats, work), await round(ours, repeats, work)];
    rounds.push({ cpu: own.cpu / floor.cpu, time: own.time / floor.time, floorCpu: floor.cpu });
  }
  const of = (key) => median(rounds.map((each) => each[key]));
  return {
    work: name,
    'CPU ratio': of('cpu').toFixed(2),
    'time ratio': of('time').toFixed(2),
    'bare SDK, CPU us': Math.round(of('floorCpu')),
  };
}

/** Microseconds per operation. */
async function round(side, repeats, work) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let index = 0; index < repeats; index++) await work(side);
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / repeats, time: ((performance.now() - start) * 1_000) / repeats };
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

function check(actual, expected) {
  if (actual !== expected) throw new Error(`Loaded ${actual} events instead of ${expected}.`);
}
