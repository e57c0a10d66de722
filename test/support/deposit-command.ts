import type { Type } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { AggregateRepository, type AggregateClass } from 'nestjs-dynamo-event-store';
import type { Account } from './accounts.js';

export class Deposit {
  constructor(
    readonly id: string,
    readonly amount: number,
  ) {}
}

/** A handler that answers the version after the deposit into an account of the given class. */
export function depositHandler(accounts: AggregateClass<Account>): Type<ICommandHandler<Deposit>> {
  @CommandHandler(Deposit)
  class DepositHandler implements ICommandHandler<Deposit> {
    constructor(private readonly repository: AggregateRepository) {}
    async execute({ id, amount }: Deposit): Promise<number> {
      return (await this.repository.update(accounts, id, (account) => void account.deposit(amount))).version;
    }
  }
  return DepositHandler;
}
