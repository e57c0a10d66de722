import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { AggregateRepository, DynamoEventStore } from 'nestjs-dynamo-event-store';
import { testClientConfig, uniqueTableName } from '../support/dynamodb.js';
import { buildWorker, type BuiltWorker } from '../support/workers/build-worker.mjs';
import { Crew } from '../support/workers/crew.js';
import { Account } from '../support/workers/program/account.js';
import type { Answer } from '../support/workers/program/messages.js';
import { falseRefusals, outOfSequence, storedDeposits, untrueAnswers } from '../support/workers/stored-deposits.js';
import type { WorkerProcess } from '../support/workers/worker-process.js';

const WRITERS = 2;
const UPDATES = 1_000;
const COMMITS = WRITERS * UPDATES;
/** A read and a write for each attempt would be four at the worst; the rest is for snapshots and for retries of the SDK. */
const MOST_REQUESTS_PER_COMMIT = 6;

const accountId = 'shared';
const tableName = uniqueTableName('racing');
const clientConfig = testClientConfig();
const store = new DynamoEventStore({ clientConfig, tableName });
const repository = new AggregateRepository(store);
let built: BuiltWorker;
let crew: Crew;

beforeAll(async () => {
  built = await buildWorker();
  crew = new Crew(built.program, { tableName, clientConfig }, WRITERS);
  await store.createTable();
  await repository.save(Account.open(accountId));
  await Promise.all(crew.workers.map((worker) => worker.ready));
}, 60_000);

afterAll(async () => {
  await crew.stop();
  await built.remove();
  store.close();
});

async function updateInTurn(worker: WorkerProcess): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let number = 0; number < UPDATES; number++) {
    const id = `${worker.pid}-${number}`;
    answers.push(await worker.run({ id, accountId, amount: number + 1 }));
  }
  return answers;
}

it(`${WRITERS} processes that update one aggregate ${UPDATES} times each store ${COMMITS} commits, each of them answered`, async () => {
  const start = performance.now();
  const answers = (await Promise.all(crew.workers.map(updateInTurn))).flat();
  const seconds = (performance.now() - start) / 1_000;

  const requests = answers.reduce((sum, { activity }) => sum + activity.requests, 0);
  const refusals = answers.flatMap(({ activity }) => activity.refusals);
  process.stdout.write(
    `${COMMITS} commits of ${WRITERS} writers in ${seconds.toFixed(1)} s: ` +
      `${(requests / COMMITS).toFixed(2)} requests and ${(refusals.length / COMMITS).toFixed(2)} retries per commit\n`,
  );
  const deposits = await storedDeposits(repository, accountId);
  expect(answers.filter(({ outcome }) => outcome.kind !== 'done')).toEqual([]);
  expect(deposits).toHaveLength(COMMITS);
  expect(untrueAnswers(versionsOf(answers), deposits)).toEqual([]);
  expect(outOfSequence(deposits)).toEqual([]);

  expect(refusals.length).toBeGreaterThan(0);
  expect(falseRefusals(refusals, deposits)).toEqual([]);
  // Once refused a version, a writer knows that it is taken.
  expect(new Set(refusals.map(({ commandId, version }) => `${commandId} ${version}`)).size).toBe(refusals.length);
  expect(requests / COMMITS).toBeLessThan(MOST_REQUESTS_PER_COMMIT);
}, 600_000);

function versionsOf(answers: readonly Answer[]): Map<string, number> {
  return new Map(
    answers.flatMap(({ commandId, outcome }) => (outcome.kind === 'done' ? [[commandId, outcome.version]] : [])),
  );
}
