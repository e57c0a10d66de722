import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { AggregateRepository, DynamoEventStore } from 'nestjs-dynamo-event-store';
import { testClientConfig, uniqueTableName } from '../support/dynamodb.js';
import { buildWorker, type BuiltWorker } from '../support/workers/build-worker.mjs';
import { Crew } from '../support/workers/crew.js';
import { Account } from '../support/workers/program/account.js';
import type { DepositCommand } from '../support/workers/program/messages.js';
import { RetryingClient, type Interruption } from '../support/workers/retrying-client.js';
import {
  falseRefusals,
  outOfSequence,
  storedDeposits,
  untrueAnswers,
  type StoredDeposit,
} from '../support/workers/stored-deposits.js';

const COMMANDS = 1_000;
const ACCOUNTS = 10;
const PROCESSES = 8;
const KILL_EVERY = 100;
const KILLS = COMMANDS / KILL_EVERY - 1;

const tableName = uniqueTableName('killed');
const clientConfig = testClientConfig();
const store = new DynamoEventStore({ clientConfig, tableName });
const repository = new AggregateRepository(store);
const accountIds = Array.from({ length: ACCOUNTS }, (_, index) => `account-${index}`);
const commands = Array.from({ length: COMMANDS }, (_, index): DepositCommand => {
  const id = `command-${String(index).padStart(4, '0')}`;
  return { id, idempotencyKey: id, accountId: accountIds[index % ACCOUNTS]!, amount: index + 1 };
});
let built: BuiltWorker;
let crew: Crew;

beforeAll(async () => {
  built = await buildWorker();
  crew = new Crew(built.program, { tableName, clientConfig }, PROCESSES);
  await store.createTable();
  await Promise.all(accountIds.map((id) => repository.save(Account.open(id))));
  await Promise.all(crew.workers.map((worker) => worker.ready));
}, 60_000);

afterAll(async () => {
  await crew.stop();
  await built.remove();
  store.close();
});

it(`${COMMANDS} commands on ${ACCOUNTS} aggregates through ${PROCESSES} processes, ${KILLS} of them killed, are done once each and answered truly`, async () => {
  const client = new RetryingClient(crew, { commands, lanes: 3, killEvery: KILL_EVERY });
  const start = performance.now();
  await client.run();
  const seconds = (performance.now() - start) / 1_000;

  const streams = await Promise.all(accountIds.map((id) => storedDeposits(repository, id)));
  const stored = streams.flat();
  report(client, stored, seconds);
  expect(client.faults).toEqual([]);
  expect(client.answered.size).toBe(COMMANDS);
  expect(untrueAnswers(client.answered, stored)).toEqual([]);
  expect(streams.flatMap(outOfSequence)).toEqual([]);
  for (const id of accountIds) expect((await repository.load(Account, id)).balance).toBe(amountFor(id));

  expect(client.kills).toBe(KILLS);
  const executed = client.interruptions.filter((interruption) => interruption.executed);
  const storedBefore = client.interruptions.filter((interruption) => isStoredBy(interruption, stored));
  expect(executed.length).toBeGreaterThan(0);
  expect(storedBefore.map(({ commandId }) => commandId)).toEqual(
    expect.arrayContaining(executed.map(({ commandId }) => commandId)),
  );
  expect(client.refusals.length).toBeGreaterThan(0);
  expect(falseRefusals(client.refusals, stored)).toEqual([]);
}, 600_000);

function amountFor(accountId: string): number {
  return commands.reduce((sum, command) => (command.accountId === accountId ? sum + command.amount : sum), 0);
}

/** Whether the deposit in the stream is that of the process which was killed, not of the one that repeated the command. */
function isStoredBy({ commandId, pid }: Interruption, stored: readonly StoredDeposit[]): boolean {
  return stored.some((deposit) => deposit.commandId === commandId && deposit.pid === pid);
}

function report(client: RetryingClient, stored: readonly StoredDeposit[], seconds: number): void {
  const { kills, interruptions, refusals, requests } = client;
  const before = interruptions.filter((interruption) => isStoredBy(interruption, stored));
  process.stdout.write(
    `${COMMANDS} commands in ${seconds.toFixed(1)} s: ${kills} kills interrupted ${interruptions.length}, ` +
      `of which ${before.length} had been stored; ${refusals.length} conflicts, ${requests} requests\n`,
  );
}
