import { Injectable } from '@nestjs/common';
import {
  CommitIdReusedError,
  ConcurrencyError,
  InjectRepository,
  type EventMetadata,
  type RecordedEvent,
  type Repository,
} from 'nestjs-dynamo-event-store';
import { Order } from '../domain/order.js';
import { IdempotencyKeyReusedError, OrderExistsError, OrderVersionError } from './command-errors.js';
import type { OrderCommand, OrderCommandResult } from './order-command.js';
import { Turns } from './turns.js';

/**
 * With growing random pauses of up to half a second this outlasts more than a hundred writers at one order; who still
 * meets a conflict then is told that the order is busy.
 */
const ATTEMPTS = 30;

/** Does commands to orders: once per idempotency key, at the version asked for, and again after a lost race. */
@Injectable()
export class OrderCommandExecutor {
  // Commands of this process to one order would only make each other decide again; those of other processes still may.
  private readonly turns = new Turns();

  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  /**
   * Stores a new order.
   * @throws OrderExistsError, OrderVersionError, IdempotencyKeyReusedError
   */
  create(command: OrderCommand, create: () => Order): Promise<OrderCommandResult> {
    return this.turns.take(command.orderId, () => this.createNow(command, create));
  }

  /**
   * Changes an order that exists. `decide` may run several times, each time on a fresh order.
   * @throws AggregateNotFoundError, OrderVersionError, IdempotencyKeyReusedError, and what `decide` throws
   * @throws ConcurrencyError Still in conflict after all attempts.
   */
  change(command: OrderCommand, decide: (order: Order) => void): Promise<OrderCommandResult> {
    return this.turns.take(command.orderId, () => this.changeNow(command, decide));
  }

  private async createNow(command: OrderCommand, create: () => Order): Promise<OrderCommandResult> {
    const repetition = await this.earlierPlacing(command);
    if (repetition !== undefined) return repetition;
    const { orderId, control } = command;
    if (control.expectedVersion !== undefined && control.expectedVersion !== 0) {
      throw new OrderVersionError(orderId, control.expectedVersion, undefined);
    }
    try {
      const { version } = await this.orders.save(create(), saveOptions(command));
      return { orderId, version, repeated: false };
    } catch (error) {
      return this.afterRefusedPlacing(command, error);
    }
  }

  private async changeNow(command: OrderCommand, decide: (order: Order) => void): Promise<OrderCommandResult> {
    const { orderId, control } = command;
    let decidedOn: Order | undefined;
    const head = await this.orders.update(
      orderId,
      (order) => {
        // Not the repository's own expectedVersion: a repetition that lost against the first must be allowed to look
        // again, and would otherwise be told of a conflict with itself.
        checkVersion(order, control.expectedVersion);
        decidedOn = order;
        decide(order);
      },
      { ...saveOptions(command), attempts: ATTEMPTS },
    );
    // What was saved now has the version of the head; otherwise an earlier commit was found under the same key.
    const repeated = decidedOn?.version !== head.version;
    if (repeated) await this.checkSameCommand(command, head.version);
    return { orderId, version: head.version, repeated };
  }

  private async afterRefusedPlacing(command: OrderCommand, error: unknown): Promise<OrderCommandResult> {
    if (!(error instanceof ConcurrencyError || error instanceof CommitIdReusedError)) throw error;
    const repetition = await this.earlierPlacing(command);
    if (repetition !== undefined) return repetition;
    if (command.control.expectedVersion === 0) throw new OrderVersionError(command.orderId, 0, undefined);
    throw new OrderExistsError(command.orderId, { cause: error });
  }

  /** The result of the first time, if the order was placed under the same key. One small read, only with a key. */
  private async earlierPlacing(command: OrderCommand): Promise<OrderCommandResult | undefined> {
    const { orderId, control } = command;
    if (control.idempotencyKey === undefined) return undefined;
    const first = await this.eventAt(orderId, 1);
    if (first?.metadata['idempotencyKey'] !== control.idempotencyKey) return undefined;
    checkFingerprint(command, first);
    return { orderId, version: first.version, repeated: true };
  }

  private async checkSameCommand(command: OrderCommand, version: number): Promise<void> {
    const recorded = await this.eventAt(command.orderId, version);
    if (recorded !== undefined) checkFingerprint(command, recorded);
  }

  private async eventAt(orderId: string, version: number): Promise<RecordedEvent | undefined> {
    for await (const recorded of this.orders.history(orderId, { from: version, to: version })) return recorded;
    return undefined;
  }
}

function checkVersion(order: Order, expected: number | 'any' | undefined): void {
  if (expected === undefined || expected === 'any' || expected === order.version) return;
  throw new OrderVersionError(order.id, expected, order.version);
}

function checkFingerprint(command: OrderCommand, { metadata }: RecordedEvent): void {
  if (metadata['commandFingerprint'] !== command.fingerprint) throw new IdempotencyKeyReusedError(command.orderId);
}

function saveOptions(command: OrderCommand): { idempotencyKey?: string; metadata?: EventMetadata } {
  const { idempotencyKey } = command.control;
  if (idempotencyKey === undefined) return {};
  return { idempotencyKey, metadata: { idempotencyKey, commandFingerprint: command.fingerprint } };
}
