import { Injectable } from '@nestjs/common';
import { DomainEvent, Upcaster, type EventUpcaster } from 'nestjs-dynamo-event-store';

// Version 2 split the name. Events of version 1 stay in the table as they are.
@DomainEvent({ name: 'customer-renamed', version: 2, aliases: ['name-changed'] })
export class CustomerRenamed {
  constructor(
    readonly first: string,
    readonly last: string,
  ) {}
}

@Injectable()
@Upcaster({ event: 'customer-renamed', from: 1 })
export class SplitName implements EventUpcaster<{ name: string }, { first: string; last: string }> {
  upcast({ name }: { name: string }): { first: string; last: string } {
    const [first = '', ...rest] = name.split(' ');
    return { first, last: rest.join(' ') };
  }
}
