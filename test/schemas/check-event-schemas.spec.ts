import { describe, expect, it } from '@jest/globals';
import {
  checkEventSchemas,
  type EventSchemaLock,
  type EventShape,
  type EventSource,
  type EventSources,
  type LockedEvent,
  type TypeSchema,
  type UpcasterSource,
} from 'nestjs-dynamo-event-store/schemas';

const SHAPE: EventShape = { fields: { id: { type: 'string' } } };

function event(name: string, options: Partial<EventSource> = {}): EventSource {
  return { name, version: 1, aliases: [], aggregates: ['order'], shape: SHAPE, at: 'a.ts:1', ...options };
}

function locked(
  versions: number | Readonly<Record<string, EventShape>>,
  options: Partial<LockedEvent> = {},
): LockedEvent {
  const shapes =
    typeof versions === 'number'
      ? Object.fromEntries(Array.from({ length: versions }, (_, index) => [index + 1, SHAPE]))
      : versions;
  const version = Math.max(...Object.keys(shapes).map(Number));
  return { version, aliases: [], aggregates: ['order'], versions: shapes, ...options };
}

function check(
  events: Readonly<Record<string, LockedEvent>>,
  current: readonly EventSource[],
  upcasters: readonly Omit<UpcasterSource, 'at'>[] = [],
  aggregates: readonly string[] = ['order', 'invoice'],
): string[] {
  const sources: EventSources = {
    events: Object.fromEntries(current.map((each) => [each.name, each])),
    aggregates,
    upcasters: upcasters.map((upcaster) => ({ ...upcaster, at: 'a.ts:2' })),
    problems: [],
  };
  const lock: EventSchemaLock = { format: 1, events };
  return checkEventSchemas(lock, sources).map(({ kind, event: name, version, path, fault }) =>
    [kind, [name, version].filter(Boolean).join('@'), path, kind === 'field-changed' ? fault : undefined]
      .filter((part) => part !== undefined)
      .join(' '),
  );
}

describe('the fields of a locked version', () => {
  const fields = (before: TypeSchema, after: TypeSchema): string[] =>
    check({ e: locked({ 1: { fields: { f: { type: before } } } }) }, [
      event('e', { shape: { fields: { f: { type: after } } } }),
    ]);
  const object = (type: TypeSchema, name = 'x'): TypeSchema => ({ object: { [name]: { type } } });

  it.each<[string, TypeSchema, TypeSchema, string[]]>([
    ['the same', object('string'), object('string'), []],
    ['a type', 'string', 'number', ['f string → number']],
    ['in an object', object('string'), object('bigint'), ['f.x string → bigint']],
    ['in a list of lists', { array: { array: 'string' } }, { array: { array: 'Date' } }, ['f[][] string → Date']],
    ['in a set', { set: 'string' }, { set: 'number' }, ['f{} string → number']],
    [
      'in a map',
      { map: { key: 'string', value: object('number') } },
      { map: { key: 'number', value: object('string') } },
      ['f{key} string → number', 'f{}.x number → string'],
    ],
    ['in a record', { record: 'string' }, { record: 'number' }, ['f{} string → number']],
    [
      'keys of a record',
      { record: 'string' },
      { record: 'string', keys: '`a-${string}`' },
      ['f Record<string, string> → Record<`a-${string}`, string>'],
    ],
    ['in a tuple', { tuple: ['string', 'number'] }, { tuple: ['string', 'Date'] }, ['f[1] number → Date']],
    ['the length of a tuple', { tuple: ['string'] }, { tuple: ['string', 'Date'] }, ['f [string] → [string, Date]']],
    [
      'the rest of a tuple',
      { tuple: ['string'], rest: 'string' },
      { tuple: ['string'] },
      ['f[…] removed; it was string'],
    ],
    [
      'an index beside fields',
      object('string'),
      { object: { x: { type: 'string' } }, rest: 'number' },
      ['f{} added as number'],
    ],
    [
      'the one member of a union that is another',
      { union: [object('string'), object('number', 'y'), 'null'] },
      { union: [object('string'), object('bigint', 'y'), 'null'] },
      ['f.y number → bigint'],
    ],
    [
      'a member more of a union',
      { union: [object('string'), 'null'] },
      { union: [object('string'), { array: 'string' }, 'null'] },
      ['f { x: string } | null → { x: string } | string[] | null'],
    ],
    ['another kind', { array: 'string' }, { set: 'string' }, ['f string[] → Set<string>']],
    [
      'a list of alternatives',
      { array: 'string | null' },
      { map: { key: 'string', value: 'any' } },
      ['f (string | null)[] → Map<string, any>'],
    ],
  ])('%s', (_, before, after, changes) => {
    expect(fields(before, after)).toEqual(changes.map((change) => `field-changed e@1 ${change}`));
  });

  it('are compared by what they hold where they contain themselves, whatever their types are called', () => {
    const tree = (name: string, label: TypeSchema): EventShape => ({
      fields: { root: { type: { ref: name } } },
      definitions: {
        [name]: { object: { label: { type: label }, children: { type: { array: { ref: name } } } } },
      },
    });
    const change = (shape: EventShape): string[] =>
      check({ e: locked({ 1: tree('Tree', 'string') }) }, [event('e', { shape })]);
    expect(change(tree('Node', 'string'))).toEqual([]);
    expect(change(tree('Node', 'number'))).toEqual(['field-changed e@1 root.label string → number']);
  });

  it('may neither become personal, subject or transformed, nor cease to be', () => {
    const plain: EventShape = { fields: { a: { type: 'string' } } };
    const marked: EventShape = { fields: { a: { type: 'string', personal: true, subject: true, transformed: true } } };
    const change = (before: EventShape, after: EventShape): string[] =>
      check({ e: locked({ 1: before }) }, [event('e', { shape: after })]);
    expect(change(plain, marked)).toEqual([
      'field-changed e@1 a @PersonalData was added',
      'field-changed e@1 a @DataSubject was added',
      'field-changed e@1 a @Transform was added',
    ]);
    expect(change(marked, plain)).toHaveLength(3);
  });

  it('may have names that objects have', () => {
    const shape = JSON.parse(
      '{"fields":{"__proto__":{"type":"string"},"constructor":{"type":"string"}}}',
    ) as EventShape;
    expect(
      check({ e: locked({ 1: SHAPE }) }, [
        event('e', { shape: { fields: { ...shape.fields, id: { type: 'string' } } } }),
      ]),
    ).toHaveLength(2);
  });
});

describe('the upcasters of an event', () => {
  it('are missed one by one, also from versions that were never locked', () => {
    const lock = { e: locked(1) };
    const current = [event('e', { version: 4 })];
    const missing = (from: number): string => `upcaster-missing e@${from}`;
    expect(check(lock, current)).toEqual([missing(1), missing(2), missing(3)]);
    expect(check(lock, current, [{ event: 'e', from: 2 }])).toEqual([missing(1), missing(3)]);
    expect(
      check(
        lock,
        current,
        [1, 2, 3].map((from) => ({ event: 'e', from })),
      ),
    ).toEqual(['not-locked e@4']);
  });
});

describe('events that have another name, or none', () => {
  const gone = { old: locked(2) };

  it('are missed', () => {
    expect(check(gone, [event('new')])).toEqual(['event-gone old@2', 'not-locked new@1']);
  });

  it('live on under an alias, with all that the new name needs for them', () => {
    const renamed = event('new', { version: 2, aliases: ['old'] });
    expect(check(gone, [renamed])).toEqual(['upcaster-missing old@1 by way of new version 1', 'not-locked new@2']);
    expect(check(gone, [renamed], [{ event: 'new', from: 1 }])).toEqual(['not-locked new@2']);
    expect(check(gone, [event('new', { aliases: ['old'] })])).toEqual(['version-lowered old@1', 'not-locked new@1']);
    const other = event('new', { version: 2, aliases: ['old'], shape: { fields: { id: { type: 'number' } } } });
    expect(check(gone, [other], [{ event: 'new', from: 1 }])).toEqual([
      'field-changed old@2 id string → number',
      'not-locked new@2',
    ]);
  });

  it.each<[string, Omit<UpcasterSource, 'at'>[], string[]]>([
    [
      'renamed',
      [
        { event: 'old', from: 1 },
        { event: 'old', from: 2, into: [{ event: 'new', version: 1 }] },
      ],
      [],
    ],
    [
      'renamed to an older version, with its upcaster',
      [
        { event: 'old', from: 1, into: [{ event: 'a', version: 1 }] },
        { event: 'old', from: 2, into: [{ event: 'a', version: 1 }] },
        { event: 'a', from: 1 },
      ],
      [],
    ],
    [
      'renamed to an older version, without',
      [
        { event: 'old', from: 1, into: [{ event: 'a', version: 1 }] },
        { event: 'old', from: 2, into: [{ event: 'a', version: 2 }] },
      ],
      ['upcaster-missing old@1 by way of a version 1'],
    ],
    [
      'split',
      [
        { event: 'old', from: 1 },
        {
          event: 'old',
          from: 2,
          into: [
            { event: 'new', version: 1 },
            { event: 'a', version: 2 },
          ],
        },
      ],
      [],
    ],
    [
      'dropped',
      [
        { event: 'old', from: 1 },
        { event: 'old', from: 2, into: [] },
      ],
      [],
    ],
    [
      'merged with another',
      [
        {
          event: 'a',
          from: 1,
          with: [
            { event: 'old', version: 1 },
            { event: 'old', version: 2 },
          ],
        },
      ],
      [],
    ],
    ['left half way', [{ event: 'old', from: 1, into: [] }], ['upcaster-missing old@2']],
    [
      'led to what is not there',
      [
        { event: 'old', from: 1 },
        { event: 'old', from: 2, into: [{ event: 'nobody', version: 1 }] },
      ],
      ['upcaster-missing old@1 by way of nobody version 1'],
    ],
    [
      'led past the end',
      [
        { event: 'old', from: 1 },
        { event: 'old', from: 2 },
      ],
      ['upcaster-missing old@3'],
    ],
    [
      'led to a version that is not there yet',
      [
        { event: 'old', from: 1, into: [{ event: 'new', version: 2 }] },
        { event: 'old', from: 2, into: [] },
      ],
      ['upcaster-missing old@2 by way of new version 2'],
    ],
    [
      'led in a circle',
      [
        { event: 'old', from: 1 },
        { event: 'old', from: 2, into: [{ event: 'old', version: 1 }] },
      ],
      ['upcaster-missing old@1', 'upcaster-missing old@2'],
    ],
    [
      'led where nobody can see',
      [
        { event: 'old', from: 1 },
        { event: 'old', from: 2, opaque: true },
      ],
      [],
    ],
  ])('%s', (_, upcasters, findings) => {
    const lock = { ...gone, new: locked(1), a: locked({ 2: SHAPE }) };
    expect(check(lock, [event('new'), event('a', { version: 2 })], upcasters)).toEqual(findings);
  });

  it('are let go when they are retired, and then not taken again', () => {
    const retired = { old: locked(2, { retired: true }) };
    expect(check(retired, [])).toEqual([]);
    expect(check(retired, [event('old', { version: 2 })])).toEqual(['retired-in-use old@2']);
  });

  it('keep their aliases', () => {
    const lock = { e: locked(1, { aliases: ['former'] }) };
    expect(check(lock, [event('e', { aliases: ['former'] })])).toEqual([]);
    expect(check(lock, [event('e')])).toEqual(['alias-dropped e']);
    expect(check(lock, [event('e')], [{ event: 'former', from: 1, into: [] }])).toEqual([]);
    expect(check(lock, [event('e', { aliases: ['former', 'newer'] })])).toEqual(['lock-outdated e']);
  });
});

describe('the aggregates of an event', () => {
  it('may get more', () => {
    expect(check({ e: locked(1) }, [event('e', { aggregates: ['order', 'invoice'] })])).toEqual(['lock-outdated e']);
  });

  it('cannot be changed for another, and the reason is told', () => {
    const sources = {
      events: { e: event('e', { aggregates: ['invoice'] }) },
      aggregates: ['invoice', 'order'],
      upcasters: [],
      problems: [],
    };
    const [finding, ...more] = checkEventSchemas({ format: 1, events: { e: locked(1) } }, sources);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'event-moved',
      event: 'e',
      fault: expect.stringContaining('A stream belongs to one aggregate: the events that order has stored stay'),
      advice: expect.stringContaining('Keep the reducer in order, and let invoice record an event of its own'),
    });
  });

  it('keep their reducers', () => {
    expect(check({ e: locked(1) }, [event('e', { aggregates: [] })])).toEqual(['reducer-gone e']);
    expect(check({ e: locked(1) }, [event('e', { aggregates: [] })], [], ['invoice'])).toEqual(['reducer-gone e']);
  });

  it('handle what their events have become', () => {
    const lock = { old: locked(1), new: locked(1, { aggregates: ['invoice'] }) };
    const rename = [{ event: 'old', from: 1, into: [{ event: 'new', version: 1 }] }];
    expect(check(lock, [event('new', { aggregates: ['invoice'] })], rename)).toEqual(['event-moved old']);
    expect(check(lock, [event('new', { aggregates: ['invoice', 'order'] })], rename)).toEqual(['lock-outdated new']);
  });
});
