import type { AggregateRepository } from 'nestjs-dynamo-event-store';
import { Account, Deposited } from './program/account.js';
import type { Refusal } from './program/messages.js';

/** A deposit as it stands in the stream of its account. */
export interface StoredDeposit {
  readonly accountId: string;
  readonly version: number;
  readonly commandId: string;
  readonly amount: number;
  readonly balance: number;
  /** Process that stored it. */
  readonly pid: number;
}

/** The deposits of an account in order of their versions. */
export async function storedDeposits(repository: AggregateRepository, accountId: string): Promise<StoredDeposit[]> {
  const deposits: StoredDeposit[] = [];
  for await (const { event, version, metadata } of repository.history(Account, accountId)) {
    if (!(event instanceof Deposited)) continue;
    const { commandId, amount, balance } = event;
    deposits.push({ accountId, version, commandId, amount, balance, pid: Number(metadata.actorId) });
  }
  return deposits;
}

/** Those that do not follow from the ones before, in an account opened at version 1. */
export function outOfSequence(deposits: readonly StoredDeposit[]): StoredDeposit[] {
  let sum = 0;
  return deposits.filter(({ version, amount, balance }, index) => {
    sum += amount;
    return version !== index + 2 || balance !== sum;
  });
}

/** Commands whose answer is not the version of their one deposit. */
export function untrueAnswers(answers: ReadonlyMap<string, number>, deposits: readonly StoredDeposit[]): object[] {
  const commandIds = new Set([...answers.keys(), ...deposits.map(({ commandId }) => commandId)]);
  const commands = [...commandIds].map((commandId) => ({
    commandId,
    answer: answers.get(commandId),
    stored: deposits.filter((deposit) => deposit.commandId === commandId).map(({ version }) => version),
  }));
  return commands.filter(({ answer, stored }) => stored.length !== 1 || stored[0] !== answer);
}

/** Conflicts that were none: nothing stands where the refused event would have gone, or its own command had come first. */
export function falseRefusals(refusals: readonly Refusal[], deposits: readonly StoredDeposit[]): Refusal[] {
  const place = ({ accountId, version }: Refusal | StoredDeposit): string => `${accountId} ${version}`;
  const taken = new Set(deposits.map(place));
  const versions = new Map(deposits.map(({ commandId, version }) => [commandId, version]));
  return refusals.filter(
    (refusal) => !taken.has(place(refusal)) || (versions.get(refusal.commandId) ?? Infinity) <= refusal.version,
  );
}
