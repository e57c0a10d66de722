import { Injectable } from '@nestjs/common';
import {
  CommitIdReusedError,
  ConcurrencyError,
  InjectRepository,
  type CommandIdentity,
  type Repository,
  type StreamHead,
  ValueTakenError,
} from 'nestjs-dynamo-event-store';
import { Order } from '../domain/order.js';
import { OwnWrites } from '../read-model/own-writes.js';
import {
  IdempotencyKeyReusedError,
  OrderExistsError,
  OrderVersionError,
  ReferenceTakenError,
} from './command-errors.js';
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

  constructor(
    @InjectRepository(Order) private readonly orders: Repository<Order>,
    private readonly ownWrites: OwnWrites,
  ) {}

  /**
   * Stores a new order.
   * @throws OrderExistsError, ReferenceTakenError, OrderVersionError, IdempotencyKeyReusedError
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

  private done({ stream, version, repeated }: StreamHead): OrderCommandResult {
    const result = { orderId: stream.id, version, repeated: repeated === true };
    this.ownWrites.remember(result);
    return result;
  }

  private async createNow(command: OrderCommand, create: () => Order): Promise<OrderCommandResult> {
    const { orderId, control } = command;
    await this.checkMayExist(command);
    try {
      return this.done(await this.orders.save(create(), identityOf(command)));
    } catch (error) {
      if (!(error instanceof ConcurrencyError)) throw inTermsOfOrders(error);
      if (control.expectedVersion === 0) throw new OrderVersionError(orderId, 0, undefined);
      throw new OrderExistsError(orderId, { cause: error });
    }
  }

  /** `*` holds for an order that exists; placing it again is another fault, or a repetition. */
  private async checkMayExist({ orderId, control: { expectedVersion } }: OrderCommand): Promise<void> {
    if (expectedVersion === undefined || expectedVersion === 0) return;
    if (expectedVersion !== 'any') {
      const fault = `is to be placed, so it cannot be expected at version ${expectedVersion}`;
      throw new OrderVersionError(orderId, expectedVersion, undefined, fault);
    }
    const { done } = await this.orders.history(orderId, { limit: 1 })[Symbol.asyncIterator]().next();
    if (done === true) throw new OrderVersionError(orderId, 'any', 0);
  }

  private async changeNow(command: OrderCommand, decide: (order: Order) => void): Promise<OrderCommandResult> {
    const { orderId, control } = command;
    const checkAndDecide = (order: Order): void => {
      checkVersion(order, control.expectedVersion);
      decide(order);
    };
    try {
      const options = { ...identityOf(command), attempts: ATTEMPTS };
      return this.done(await this.orders.update(orderId, checkAndDecide, options));
    } catch (error) {
      throw inTermsOfOrders(error);
    }
  }
}

function checkVersion(order: Order, expected: number | 'any' | undefined): void {
  if (expected === undefined || expected === 'any' || expected === order.version) return;
  throw new OrderVersionError(order.id, expected, order.version);
}

/** The fingerprint makes a repetition the same command, although its times may be of another moment. */
function identityOf({ control, fingerprint }: OrderCommand): CommandIdentity {
  const { idempotencyKey } = control;
  return idempotencyKey === undefined ? {} : { idempotencyKey, fingerprint };
}

function inTermsOfOrders(error: unknown): unknown {
  if (error instanceof ValueTakenError)
    return new ReferenceTakenError(error.stream.id, error.holder.id, { cause: error });
  return error instanceof CommitIdReusedError && error.idempotencyKey !== undefined
    ? new IdempotencyKeyReusedError(error.stream.id)
    : error;
}
