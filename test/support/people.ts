import {
  Aggregate,
  AggregateRoot,
  DataSubject,
  DomainEvent,
  EventHandler,
  PersonalData,
} from 'nestjs-dynamo-event-store';

/** The person is the one whom the stream is about. */
@DataSubject()
@DomainEvent({ name: 'renamed' })
export class Renamed {
  @PersonalData({ fallback: 'erased' }) readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

@Aggregate({ name: 'person', snapshot: { every: 1, write: 'await' } })
export class Person extends AggregateRoot {
  name = '';
  @EventHandler(Renamed) protected onRenamed({ name }: Renamed): void {
    this.name = name;
  }
}
