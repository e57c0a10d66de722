import { randomUUID } from 'node:crypto';
import type { QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Random } from '../simulation/random.js';
import { withInput, type Command } from './client-seam.js';
import type { DetailedFault, FaultOf, FaultRequest } from './fault.js';
import { cancelled, itemConflict, networkFailure, serverError, throttling } from './fault-errors.js';
import type { KeyNames } from './key-names.js';
import { cutPage, splitBatch, withUnprocessed } from './partial-results.js';
import { canHappen, isPage, transactionItems } from './request-kind.js';

const WITH_TOKEN = new Set(['TransactWriteItems', 'ExecuteTransaction']);

/** One request on its way, and what a fault can do to it. */
export interface Attempt {
  readonly index: number;
  readonly request: FaultRequest;
  readonly command: Command;
  random(): Random;
  readonly keys: KeyNames;
  /** Rejects without sending once the process is dead. */
  send(command: Command): Promise<unknown>;
  /** Has a copy reach the database later, even if the process is dead by then. */
  sendCopy(command: Command, afterMs: number): void;
  /** Rejects when the caller's signal ends the request meanwhile. */
  pause(ms: number): Promise<void>;
  formerAnswer(age: number): unknown;
  killProcess(): void;
  noteWithoutEffect(): void;
}

/** What the caller gets for a request that this fault befalls. */
export async function suffer(attempt: Attempt, fault: DetailedFault): Promise<unknown> {
  if (!canHappen(fault.kind, attempt.request)) return withoutEffect(attempt);
  switch (fault.kind) {
    case 'kill':
      return kill(attempt, fault);
    case 'dropRequest':
      throw networkFailure(attempt.index, fault.code ?? 'ECONNRESET');
    case 'lateRequest':
      attempt.sendCopy(repeatable(attempt), fault.afterMs ?? 0);
      throw networkFailure(attempt.index, fault.code ?? 'ECONNRESET');
    case 'dropResponse':
      await outcomeOf(attempt.send(attempt.command));
      throw networkFailure(attempt.index, fault.code ?? 'ECONNRESET');
    case 'throttle':
      throw throttled(attempt, fault);
    case 'serverError':
      if (fault.carriedOut === true) await outcomeOf(attempt.send(attempt.command));
      throw serverError(attempt.index, fault.status ?? 500);
    case 'transactionConflict':
      throw conflict(attempt, fault);
    case 'resend':
      return resend(attempt);
    case 'staleRead':
      return readStale(attempt, fault);
    case 'partialResult':
      return isPage(attempt.request) ? readPart(attempt, fault) : carryOutPart(attempt, fault);
    case 'duplicate':
      return duplicate(attempt, fault);
    case 'delay':
      return delay(attempt, fault);
  }
}

async function withoutEffect(attempt: Attempt): Promise<unknown> {
  attempt.noteWithoutEffect();
  return attempt.send(attempt.command);
}

async function kill(attempt: Attempt, { carriedOut }: FaultOf<'kill'>): Promise<void> {
  if (carriedOut === true) await outcomeOf(attempt.send(attempt.command));
  attempt.killProcess();
}

function throttled({ index, request }: Attempt, { item = 0, error }: FaultOf<'throttle'>): Error {
  const items = transactionItems(request);
  return items > 0
    ? cancelled(index, items, item, 'ThrottlingError')
    : throttling(index, error ?? 'ProvisionedThroughputExceededException');
}

function conflict({ index, request }: Attempt, { item = 0 }: FaultOf<'transactionConflict'>): Error {
  const items = transactionItems(request);
  return items > 0 ? cancelled(index, items, item, 'TransactionConflict') : itemConflict(index);
}

async function resend(attempt: Attempt): Promise<unknown> {
  const command = repeatable(attempt);
  await outcomeOf(attempt.send(command));
  return attempt.send(command);
}

async function duplicate(attempt: Attempt, { afterMs = 0 }: FaultOf<'duplicate'>): Promise<unknown> {
  const command = repeatable(attempt);
  try {
    return await attempt.send(command);
  } finally {
    attempt.sendCopy(command, afterMs);
  }
}

async function delay(attempt: Attempt, { beforeMs = 0, afterMs = 0 }: FaultOf<'delay'>): Promise<unknown> {
  if (beforeMs > 0) await attempt.pause(beforeMs);
  try {
    return await attempt.send(attempt.command);
  } finally {
    if (afterMs > 0) await attempt.pause(afterMs);
  }
}

/** The read is made all the same, so that what it sees becomes a former answer: a replica lags, but it does follow. */
async function readStale(attempt: Attempt, { age = 1 }: FaultOf<'staleRead'>): Promise<unknown> {
  const former = attempt.formerAnswer(age);
  const current = await attempt.send(attempt.command);
  if (former === undefined) attempt.noteWithoutEffect();
  return former ?? current;
}

async function readPart(attempt: Attempt, { share = 0 }: FaultOf<'partialResult'>): Promise<unknown> {
  const answer = (await attempt.send(attempt.command)) as QueryCommandOutput;
  const cut = await cutPage(attempt.request.input, answer, share, attempt.keys);
  if (cut === undefined) attempt.noteWithoutEffect();
  return cut ?? answer;
}

async function carryOutPart(attempt: Attempt, { share = 0 }: FaultOf<'partialResult'>): Promise<unknown> {
  const { operation, input } = attempt.request;
  const batch = splitBatch(input, share, attempt.random());
  if (batch === undefined) return withoutEffect(attempt);
  const answer = (await attempt.send(withInput(attempt.command, batch.input))) as object;
  return withUnprocessed(answer, operation === 'BatchGetItem' ? 'UnprocessedKeys' : 'UnprocessedItems', batch.left);
}

/**
 * The command as the SDK would send it twice. The SDK makes the token of a transaction once for all its tries, but anew
 * for each call of `send`.
 */
function repeatable({ command, request }: Attempt): Command {
  const { operation, input } = request;
  if (!WITH_TOKEN.has(operation) || input['ClientRequestToken'] !== undefined) return command;
  return withInput(command, { ...input, ClientRequestToken: randomUUID() });
}

async function outcomeOf(sent: Promise<unknown>): Promise<void> {
  await sent.catch(() => undefined);
}
