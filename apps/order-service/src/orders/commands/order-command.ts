import { createHash } from 'node:crypto';
import { Command } from '@nestjs/cqrs';

/** What every command answers. */
export interface OrderCommandResult {
  readonly orderId: string;
  /** Version of the order right after the command. */
  readonly version: number;
  /** The command was a repetition: it had been done before, and this is the result of the first time. */
  readonly repeated: boolean;
}

/** How a command is to be done, apart from what it is. */
export interface CommandControl {
  /** Do it only if the order is at this version; 0 for an order that does not exist yet, `any` for one that does. */
  readonly expectedVersion?: number | 'any';
  /** Do it once, however often it is sent with this key. The key is remembered for one order, and for ever. */
  readonly idempotencyKey?: string;
}

/** A command to one order. Its own fields are plain values in normal form, so that equal commands look equal. */
export abstract class OrderCommand extends Command<OrderCommandResult> {
  abstract readonly kind: string;

  constructor(
    readonly orderId: string,
    readonly control: CommandControl,
  ) {
    super();
  }

  /** The same for two commands that ask for the same, however they are to be done. */
  get fingerprint(): string {
    const content = Object.entries(this).filter(([field]) => field !== 'control');
    return createHash('sha256').update(JSON.stringify(content)).digest('base64url');
  }
}

/** Fields of a command that records when, and perhaps why, something was done. */
export interface OccasionInput {
  /** ISO time. Default: now. */
  readonly at?: string | undefined;
  readonly reason?: string | undefined;
}

export abstract class OccasionCommand extends OrderCommand {
  readonly at: string | undefined;
  readonly reason: string | undefined;

  constructor(orderId: string, { at, reason }: OccasionInput, control: CommandControl) {
    super(orderId, control);
    this.at = at;
    this.reason = reason;
  }
}
