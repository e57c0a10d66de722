import { Inject, Logger } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import {
  defineView,
  On,
  OnTimer,
  Reactor,
  Timers,
  type DueTimer,
  type RecordedEvent,
  type ViewWriter,
} from 'nestjs-dynamo-event-store';
import { requestContext } from '../../http/request-context.js';
import { CancelUnpaidOrder } from '../commands/cancel-unpaid-order.js';
import type { OrderCommand } from '../commands/order-command.js';
import { RefundOrder } from '../commands/refund-order.js';
import { OrderRefusedError } from '../domain/order.errors.js';
import { OrderCancelled, OrderPaid, OrderPlaced } from '../domain/order.events.js';

/** Token: how long an order may stay unpaid, in ms. */
export const PAYMENT_TIMEOUT_MS = Symbol('PAYMENT_TIMEOUT_MS');

const PAYMENT_PROCESS = 'payment-process';
const PAYMENT_TIMEOUT = 'payment-timeout';

/** What the process remembers of an order; nothing of those that were placed before it first ran. */
export interface PaymentState {
  readonly status: 'unpaid' | 'paid' | 'cancelled';
}

export const paymentProcesses = defineView<PaymentState>({
  name: 'payment-processes',
  projection: PAYMENT_PROCESS,
  keyedBy: 'stream',
});

/**
 * Cancels orders that are not paid in time, and gives back what was paid for cancelled ones. It may see an event more than
 * once; the key of each command makes sure that the command is done once all the same, and the order itself decides
 * whether it can be done at all.
 */
@Reactor({ name: PAYMENT_PROCESS, views: [paymentProcesses] })
export class PaymentProcess {
  private readonly logger = new Logger(PaymentProcess.name);

  constructor(
    private readonly commands: CommandBus,
    private readonly timers: Timers,
    @Inject(PAYMENT_TIMEOUT_MS) private readonly timeoutMs: number,
  ) {}

  /** Counted from when it was stored: imported orders may have been placed decades ago. */
  @On(OrderPlaced)
  async placed(_: OrderPlaced, { stream, recordedAt }: RecordedEvent, views: ViewWriter): Promise<void> {
    await this.timers.schedule(timerOf(stream.id), new Date(recordedAt.getTime() + this.timeoutMs));
    views.of(paymentProcesses).put(stream.id, { status: 'unpaid' });
  }

  @On(OrderPaid)
  async paid(_: OrderPaid, { stream }: RecordedEvent, views: ViewWriter): Promise<void> {
    await this.timers.cancel(timerOf(stream.id));
    views.of(paymentProcesses).put(stream.id, { status: 'paid' });
  }

  @On(OrderCancelled)
  async cancelled(_: OrderCancelled, event: RecordedEvent, views: ViewWriter): Promise<void> {
    const orderId = event.stream.id;
    await this.timers.cancel(timerOf(orderId));
    const state = await views.of(paymentProcesses).get(orderId);
    views.of(paymentProcesses).put(orderId, { status: 'cancelled' });
    if (state?.status === 'unpaid') return;
    const refund = new RefundOrder(orderId, { reason: 'order cancelled' }, { idempotencyKey: event.eventId });
    const context = { correlationId: event.metadata.correlationId, causationId: event.eventId };
    await requestContext.run(context, () => this.execute(refund));
  }

  @OnTimer(PAYMENT_TIMEOUT)
  async timedOut({ name, id }: DueTimer): Promise<void> {
    await this.execute(new CancelUnpaidOrder(id, { reason: 'not paid in time' }, { idempotencyKey: `${name}:${id}` }));
  }

  /** A refusal is an answer: somebody was faster, and there is nothing left to do. */
  private async execute(command: OrderCommand): Promise<void> {
    try {
      await this.commands.execute(command);
    } catch (error) {
      if (!(error instanceof OrderRefusedError)) throw error;
      this.logger.log({ command: command.kind, orderId: command.orderId, refused: error.code });
    }
  }
}

function timerOf(orderId: string): { name: string; id: string } {
  return { name: PAYMENT_TIMEOUT, id: orderId };
}
