import { describe, expect, it } from '@jest/globals';
import { DomainEvent } from '../event/domain-event.decorator.js';
import type { SnapshotOptions } from '../metadata/snapshot-options.js';
import { aggregateDefinitionOf } from './aggregate-definition.js';
import { AggregateRoot } from './aggregate-root.js';
import { Aggregate } from './aggregate.decorator.js';
import { EventHandler } from './event-handler.decorator.js';
import { SnapshotState } from './snapshot-state.decorator.js';

@DomainEvent({ name: 'raised' })
class Raised {
  readonly by = 1;
}

abstract class Gauge extends AggregateRoot {
  level = 0;
  @EventHandler(Raised) protected onRaised({ by }: Raised): void {
    this.level += by;
  }
}

function classWith(snapshot: SnapshotOptions | undefined): new (id: string) => AggregateRoot {
  @Aggregate(snapshot === undefined ? { name: 'gauge' } : { name: 'gauge', snapshot })
  class Subject extends Gauge {}
  return Subject;
}

function faultsOf(aggregateClass: new (id: string) => AggregateRoot): readonly string[] {
  try {
    aggregateDefinitionOf(aggregateClass);
  } catch (error) {
    return (error as { faults: readonly string[] }).faults;
  }
  return [];
}

const WHOLE = 'but must be a whole number from 1.';

describe('the snapshot options of an aggregate', () => {
  it('are absent where none are given: no snapshot is ever taken', () => {
    expect(aggregateDefinitionOf(classWith(undefined)).snapshot).toBeUndefined();
  });

  it('have defaults', () => {
    const { snapshot } = aggregateDefinitionOf(classWith({ every: 100 }));
    expect(snapshot).toEqual({ policy: expect.any(Function), every: 100, schemaVersion: 1, write: 'background' });
  });

  it('are kept as they are given', () => {
    const { snapshot } = aggregateDefinitionOf(classWith({ everyBytes: 9, version: 3, write: 'await' }));
    expect(snapshot).toMatchObject({ every: undefined, schemaVersion: 3, write: 'await' });
    const progress = { version: 1, events: 1, bytes: 9, since: undefined, aggregate: {} };
    expect([snapshot!.policy(progress), snapshot!.policy({ ...progress, bytes: 8 })]).toEqual([true, false]);
  });

  it.each<[string, object, readonly string[]]>([
    ['every', { every: 0 }, [`snapshot.every of @Aggregate is 0, ${WHOLE}`]],
    ['every, as text', { every: '5' }, [`snapshot.every of @Aggregate is 5, ${WHOLE}`]],
    ['everyBytes', { everyBytes: 1.5 }, [`snapshot.everyBytes of @Aggregate is 1.5, ${WHOLE}`]],
    ['version', { every: 1, version: -1 }, [`snapshot.version of @Aggregate is -1, ${WHOLE}`]],
    ['when', { when: 'always' }, ['snapshot.when of @Aggregate must be a function.']],
    [
      'write',
      { every: 1, write: 'later' },
      ['snapshot.write of @Aggregate is "later", but must be "background" or "await".'],
    ],
    ['no condition', { version: 2 }, ['snapshot of @Aggregate says not when: give every, everyBytes or when.']],
    [
      'several at once',
      { every: Number.NaN, version: 0, write: 'x' },
      [
        `snapshot.every of @Aggregate is NaN, ${WHOLE}`,
        `snapshot.version of @Aggregate is 0, ${WHOLE}`,
        'snapshot.write of @Aggregate is "x", but must be "background" or "await".',
      ],
    ],
  ])('are refused when they cannot be meant: %s', (_, snapshot, faults) => {
    expect(faultsOf(classWith(snapshot as SnapshotOptions))).toEqual(faults);
  });

  it('are all reported together with the other faults of the class', () => {
    @Aggregate({ name: '', ttlSeconds: 0, snapshot: {} })
    class Faulty extends Gauge {}
    expect(faultsOf(Faulty)).toHaveLength(3);
  });
});

describe('a class whose state cannot be seen from the outside', () => {
  class Hiding extends Gauge {
    #total = 0;
    add(): number {
      return ++this.#total;
    }
  }

  it('has no snapshots: they would lose that state without a word', () => {
    @Aggregate({ name: 'hiding', snapshot: { every: 1 } })
    class Subject extends Hiding {}
    expect(faultsOf(Subject)).toEqual([expect.stringMatching(/#private members.*@SnapshotState/)]);
  });

  it('may have them where the fields to store are marked', () => {
    @Aggregate({ name: 'marked', snapshot: { every: 1 } })
    class Subject extends Hiding {
      @SnapshotState() override level = 0;
    }
    expect(faultsOf(Subject)).toEqual([]);
  });

  it('is no fault as long as no snapshots are wanted', () => {
    @Aggregate({ name: 'without' })
    class Subject extends Hiding {}
    expect(faultsOf(Subject)).toEqual([]);
  });
});
