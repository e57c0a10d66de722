import { describe, expect, it } from '@jest/globals';
import { DomainEvent } from '../event/domain-event.decorator.js';
import { AggregateRoot, type AggregateClass } from './aggregate-root.js';
import { aggregateDefinitionOf } from './aggregate-definition.js';
import { Aggregate } from './aggregate.decorator.js';
import { EventHandler } from './event-handler.decorator.js';

@DomainEvent({ name: 'raised' })
class Raised {
  constructor(readonly by: number) {}
}
@DomainEvent({ name: 'reset' })
class Reset {
  readonly done = true;
}
@DomainEvent({ name: 'unhandled' })
class Unhandled {
  readonly done = true;
}

@Aggregate({ name: 'gauge' })
class Gauge extends AggregateRoot<Raised | Reset | Unhandled> {
  level = 0;
  protected log: string[] = [];

  raise(by: number): void {
    this.apply(new Raised(by));
  }
  // Names that a domain may well use.
  settle(): string {
    return 'settled';
  }
  replay(): string {
    return 'replayed';
  }
  @EventHandler(Raised) protected onRaised({ by }: Raised): void {
    if (by === 13) throw new Error('unlucky');
    this.level += by;
    this.log.push('gauge');
  }
  @EventHandler(Reset) protected zero(): void {
    this.level = 0;
  }
  get lines(): string[] {
    return this.log;
  }
}

describe('apply', () => {
  it('runs the reducer at once, and records the event', () => {
    const gauge = new Gauge('a');
    gauge.raise(1);
    gauge.apply(new Reset());
    gauge.raise(2);
    expect([gauge.level, gauge.version]).toEqual([2, 0]);
    expect(gauge.getUncommittedEvents()).toEqual([new Raised(1), new Reset(), new Raised(2)]);
  });

  it('records nothing when the reducer throws', () => {
    const gauge = new Gauge('a');
    expect(() => {
      gauge.raise(13);
    }).toThrow('unlucky');
    expect(gauge.getUncommittedEvents()).toEqual([]);
  });

  it('refuses an event without a reducer, naming aggregate and event, also when its reducer is to be skipped', () => {
    const gauge = new Gauge('a');
    for (const options of [undefined, { skipHandler: true }, true]) {
      expect(() => {
        gauge.apply(new Unhandled(), options as never);
      }).toThrow(/Aggregate Gauge[^]*@EventHandler\(Unhandled\)/);
    }
    expect(gauge.getUncommittedEvents()).toEqual([]);
  });

  it('from history changes the state and the version, and records nothing', () => {
    const gauge = new Gauge('a');
    gauge.loadFromHistory([new Raised(1), new Raised(2)]);
    gauge.apply(new Raised(3), true);
    expect([gauge.level, gauge.version, gauge.getUncommittedEvents()]).toEqual([6, 3, []]);
  });

  it('leaves the names of a domain alone', () => {
    const gauge = new Gauge('a');
    expect([gauge.settle(), gauge.replay()]).toEqual(['settled', 'replayed']);
  });
});

describe('events share nothing with the state', () => {
  @DomainEvent({ name: 'started' })
  class Started {
    constructor(
      readonly tags: string[],
      readonly counts: Map<string, number[]> = new Map([['a', [1]]]),
      readonly at = new Date(0),
    ) {}
  }
  @DomainEvent({ name: 'tagged' })
  class Tagged {
    constructor(readonly tag: string) {}
  }
  @Aggregate({ name: 'tags' })
  class Tags extends AggregateRoot {
    tags: string[] = [];
    counts = new Map<string, number[]>();
    at = new Date();
    @EventHandler(Started) protected onStarted({ tags, counts, at }: Started): void {
      Object.assign(this, { tags, counts, at });
    }
    @EventHandler(Tagged) protected onTagged({ tag }: Tagged): void {
      this.tags.push(tag);
      this.counts.get('a')?.push(2);
      this.at.setTime(1);
    }
  }

  it('so a later reducer does not change what happened before', () => {
    const tags = new Tags('a');
    tags.apply(new Started([]));
    tags.apply(new Tagged('one'));
    expect(tags.tags).toEqual(['one']);
    expect(tags.getUncommittedEvents()).toStrictEqual([new Started([]), new Tagged('one')]);
  });

  it('nor does whoever made the event, or gets it afterwards', () => {
    const tags = new Tags('a');
    const started = new Started(['original']);
    tags.apply(started);
    started.tags.push('afterwards');
    expect([tags.tags, tags.getUncommittedEvents()]).toEqual([['original'], [new Started(['original'])]]);
    (tags.getUncommittedEvents()[0] as Started).tags.push('by a subscriber');
    expect(tags.tags).toEqual(['original']);
  });
});

describe('a reducer that does more than change the state is refused', () => {
  @Aggregate({ name: 'busy' })
  class Busy extends AggregateRoot {
    @EventHandler(Raised) protected onRaised(): void {
      this.apply(new Reset());
    }
    @EventHandler(Reset) protected onReset(): void {
      return Promise.reject(new Error('later')) as never;
    }
  }

  it('by applying an event', () => {
    const busy = new Busy('a');
    expect(() => {
      busy.apply(new Raised(1));
    }).toThrow('reducer onRaised applied an event');
    expect(busy.getUncommittedEvents()).toEqual([]);
  });

  it('by being asynchronous, past the compiler', () => {
    const busy = new Busy('a');
    expect(() => {
      busy.apply(new Reset());
    }).toThrow('reducer onReset is asynchronous');
    expect(() => {
      busy.apply(undefined as never);
    }).toThrow('@EventHandler(undefined)');
    expect(busy.getUncommittedEvents()).toEqual([]);
  });
});

describe('what would lose events is refused', () => {
  it('commit and autoCommit publish what is not stored', () => {
    const gauge = new Gauge('a');
    gauge.raise(1);
    expect(() => {
      gauge.commit();
    }).toThrow('repository.save');
    expect(() => {
      gauge.uncommit();
    }).toThrow('load the aggregate again');
    expect(() => {
      gauge.autoCommit = true;
    }).toThrow('repository.save');
    gauge.autoCommit = false;
    expect(gauge.autoCommit).toBe(false);
    expect(gauge.getUncommittedEvents()).toHaveLength(1);
  });

  it('the list of recorded events is a copy', () => {
    const gauge = new Gauge('a');
    gauge.raise(1);
    gauge.getUncommittedEvents().pop();
    expect(gauge.getUncommittedEvents()).toHaveLength(1);
  });
});

describe('inheritance', () => {
  @Aggregate({ name: 'loud-gauge' })
  class Loud extends Gauge {
    protected override onRaised(event: Raised): void {
      super.onRaised(event);
      this.log.push('loud');
    }
  }
  class Replaced extends Gauge {
    @EventHandler(Raised) protected onlyHere(): void {
      this.log.push('replaced');
    }
  }

  it('runs an overridden reducer once', () => {
    const loud = new Loud('a');
    loud.raise(1);
    expect(loud.lines).toEqual(['gauge', 'loud']);
  });

  it('lets a subclass name another reducer, without changing the base class', () => {
    const replaced = new Replaced('a');
    replaced.raise(1);
    expect(replaced.lines).toEqual(['replaced']);
    const base = new Gauge('b');
    base.raise(1);
    expect(base.lines).toEqual(['gauge']);
    expect(aggregateDefinitionOf(Replaced).name).toBe('gauge');
    expect(aggregateDefinitionOf(Loud).name).toBe('loud-gauge');
  });
});

describe('a definition lists every fault of a class', () => {
  const faultsOf = (aggregateClass: unknown): unknown => {
    try {
      aggregateDefinitionOf(aggregateClass as AggregateClass);
    } catch (error) {
      return (error as { faults: unknown }).faults;
    }
    return undefined;
  };

  it('of what it is', () => {
    class Plain {
      readonly a = 1;
    }
    class Undecorated extends AggregateRoot {}
    @Aggregate({ name: 'empty', ttlSeconds: 0.5 })
    class Empty extends AggregateRoot {}
    @Aggregate({ name: 'no-reducers' })
    class NoReducers extends AggregateRoot {}
    expect(faultsOf(Plain)).toEqual(['It does not extend AggregateRoot.', 'It has no @Aggregate({ name }).']);
    expect(faultsOf(Undecorated)).toEqual(['It has no @Aggregate({ name }).']);
    expect(faultsOf(Empty)).toEqual(['ttlSeconds of @Aggregate is 0.5, but must be a whole number from 1.']);
    expect(faultsOf(NoReducers)).toEqual(['It has no @EventHandler method, so no event could ever change it.']);
  });

  it('of its reducers', () => {
    @DomainEvent({ name: 'raised', version: 0, aliases: ['', 'raised'] })
    class Twin {
      readonly a = 1;
    }
    @Aggregate({ name: 'faulty' })
    class Faulty extends AggregateRoot {
      @EventHandler(Raised) one(): void {
        this.id.trim();
      }
      @EventHandler(Raised) two(): void {
        this.id.trim();
      }
      @EventHandler(Twin) three(): void {
        this.id.trim();
      }
      @EventHandler(undefined as never) four(): void {
        this.id.trim();
      }
      @EventHandler(Reset as never) static five(): void {
        // Never called.
      }
    }
    expect(faultsOf(Faulty)).toEqual([
      'Faulty.one and Faulty.two both handle Raised; an event has one reducer.',
      'Faulty.three: Twin: the name and the aliases of @DomainEvent must not be empty.',
      'Faulty.three: Twin: @DomainEvent names "raised" and its aliases must differ from each other.',
      'Faulty.three: Twin: version 0 of @DomainEvent is not a whole number from 1.',
      'Raised and Twin both use the event name "raised".',
      'Faulty.four: the event class of @EventHandler is undefined; break the import cycle between the two files.',
      'Faulty.five is static; a reducer is a method of the instance.',
    ]);
  });

  it('and a class mistaken for an event subscriber is told of @EventsHandler', () => {
    const decorate = EventHandler(Raised) as unknown as ClassDecorator;
    class Subscriber {
      readonly a = 1;
    }
    expect(() => decorate(Subscriber)).toThrow('use @EventsHandler from @nestjs/cqrs');
  });
});
