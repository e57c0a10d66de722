import { describe, expect, it } from '@jest/globals';
import { eventsOf } from '../../../../test/support/stored-events.js';
import { StreamCorruptedError } from '../errors/store-errors.js';
import { DomainEvent } from '../event/domain-event.decorator.js';
import { EventCodec } from '../event/event-codec.js';
import type { EventMetadata } from '../event/event-metadata.js';
import { EventRegistry } from '../event/event-registry.js';
import {
  bodyBytes,
  digestOf,
  endOf,
  isTombstone,
  newCommitId,
  prepareCommit,
  prepareTombstone,
  sameEvents,
  type Commit,
  type PreparedCommit,
} from './commit.js';

@DomainEvent({ name: 'placed' })
class Placed {
  constructor(readonly amount: number) {}
}

const registry = new EventRegistry();
registry.register([Placed]);
const codec = new EventCodec(registry);
const stream = { aggregate: 'order', id: 'o-1' };

function prepare(
  events: readonly object[],
  details: { commitId?: string; metadata?: EventMetadata; ttl?: Date } = {},
): PreparedCommit {
  const { commitId = 'c-1', metadata, ttl } = details;
  return prepareCommit(
    stream,
    events.map((event) => codec.encode(event)),
    { commitId, metadata, ttl },
  );
}
const commit = (changes: Partial<Commit> = {}): Commit => ({
  ...prepare([new Placed(1), { type: 'noted', payload: 'x' }, new Placed(2)]),
  version: 5,
  recordedAt: 1000,
  ...changes,
});

describe('a commit', () => {
  it('names each type once and numbers its events from the version on', () => {
    const given = commit();
    expect(given.types).toEqual(['placed@1', 'noted~1']);
    expect(endOf(given)).toBe(7);
    expect(eventsOf(given, codec)).toEqual([
      expect.objectContaining({ version: 5, eventId: 'c-1.0', type: 'placed', event: new Placed(1) }),
      expect.objectContaining({ version: 6, eventId: 'c-1.1', type: 'noted', event: 'x' }),
      expect.objectContaining({
        version: 7,
        eventId: 'c-1.2',
        type: 'placed',
        event: new Placed(2),
        commitId: 'c-1',
        schemaVersion: 1,
        recordedAt: new Date(1000),
        stream,
      }),
    ]);
  });

  it('fills its correlation with its id, and keeps what is given', () => {
    const metadataOf = (metadata?: EventMetadata): unknown =>
      eventsOf(commit(prepare([new Placed(1)], metadata === undefined ? {} : { metadata })), codec)[0]?.metadata;
    expect(metadataOf()).toEqual({ correlationId: 'c-1' });
    expect(metadataOf({ correlationId: 'k', actorId: 'ada' })).toEqual({
      correlationId: 'k',
      actorId: 'ada',
    });
    expect(metadataOf({ causationId: '' })).toEqual({ correlationId: 'c-1', causationId: '' });
  });

  it('is not moved or changed by a caller who goes on to change what it gave', () => {
    const id = { aggregate: 'order', id: 'o-1' };
    const metadata = { custom: [1] };
    const prepared = prepareCommit(id, [codec.encode(new Placed(1))], { commitId: 'c', metadata, ttl: undefined });
    id.id = 'o-2';
    metadata.custom.push(2);
    expect(prepared).toMatchObject({ stream: { id: 'o-1' }, metadata: { custom: [1] } });
  });

  it('refuses metadata that cannot be kept before anything else happens', () => {
    expect(() => prepare([new Placed(1)], { metadata: { a: { b: Number.NaN } } })).toThrow(
      /metadata, at a.b: the number NaN/,
    );
  });

  it('expires no earlier than asked for: seconds are rounded up', () => {
    expect(prepare([new Placed(1)], { ttl: new Date(1001) }).ttl).toBe(2);
    expect(prepare([new Placed(1)], { ttl: new Date(2000) }).ttl).toBe(2);
  });

  it('has an id that no other one has', () => {
    expect(new Set(Array.from({ length: 1000 }, newCommitId)).size).toBe(1000);
  });
});

describe('two commits of one id hold the same events', () => {
  const bytes = { type: 'raw', payload: new Uint8Array([1]) };
  it.each<[string, readonly object[], readonly object[], boolean]>([
    ['when nothing differs', [new Placed(1)], [new Placed(1)], true],
    ['when nothing differs, in bytes', [bytes], [{ type: 'raw', payload: new Uint8Array([1]) }], true],
    ['not with another value', [new Placed(1)], [new Placed(2)], false],
    ['not with another type of the same value', [{ type: 'a', payload: 1 }], [{ type: 'b', payload: 1 }], false],
    [
      'not with another version of the type',
      [{ type: 'a', payload: 1 }],
      [{ type: 'a', payload: 1, schemaVersion: 2 }],
      false,
    ],
    ['not with a class instead of none', [new Placed(1)], [{ type: 'placed', payload: { amount: 1 } }], false],
    ['not in another order', [new Placed(1), new Placed(2)], [new Placed(2), new Placed(1)], false],
    ['not with one more', [new Placed(1)], [new Placed(1), new Placed(1)], false],
    ['not with text for bytes', [bytes], [{ type: 'raw', payload: '\u0001' }], false],
    [
      'not with a line break between types',
      [
        { type: 'a', payload: 1 },
        { type: 'b', payload: 1 },
      ],
      [
        { type: 'a~1\nb', payload: 1 },
        { type: 'a~1\nb', payload: 1 },
      ],
      false,
    ],
  ])('%s', (_, a, b, same) => {
    expect(sameEvents(prepare(a), prepare(b))).toBe(same);
    expect(digestOf(prepare(a)) === digestOf(prepare(b))).toBe(same);
  });

  it('whatever their metadata and lifetime', () => {
    expect(
      sameEvents(prepare([new Placed(1)], { metadata: { a: 1 }, ttl: new Date(5) }), prepare([new Placed(1)])),
    ).toBe(true);
    expect(digestOf(prepare([new Placed(1)], { commitId: 'a', metadata: { a: 1 } }))).toBe(
      digestOf(prepare([new Placed(1)])),
    );
  });

  it('or their digests differ, which are of one length whatever the events are', () => {
    expect(digestOf(prepare([new Placed(1)]))).toMatch(/^[\w-]{43}$/);
    expect(digestOf(prepare([{ type: 'a', payload: 'x'.repeat(100_000) }]))).toHaveLength(43);
  });

  it('and their digest is the same for ever: another one would refuse a command that is repeated', () => {
    expect(digestOf(prepare([new Placed(1), { type: 'noted', payload: 'x' }]))).toBe(
      'N4eh7mP8cfZtF4mN_f_h_cxamRJO62mCBZn7PwieGSw',
    );
  });
});

describe('the tombstone of a stream', () => {
  const closing = prepareTombstone(stream, { commitId: 'c-9', metadata: { actorId: 'ada' }, ttl: new Date(1001) });

  it('has no events, and ends where the stream ends', () => {
    const placed: Commit = { ...closing, version: 5, recordedAt: 1000 };
    expect([isTombstone(placed), endOf(placed), eventsOf(placed, codec)]).toEqual([true, 4, []]);
    expect(isTombstone(commit())).toBe(false);
  });

  it('keeps who closed it, and how long it is kept', () => {
    expect(closing).toMatchObject({ commitId: 'c-9', metadata: { actorId: 'ada' }, ttl: 2, types: [] });
  });

  it('is no commit with the same events as any other', () => {
    expect(sameEvents(closing, prepare([new Placed(1)]))).toBe(false);
    expect(
      sameEvents(closing, prepareTombstone(stream, { commitId: 'c-9', metadata: undefined, ttl: undefined })),
    ).toBe(true);
  });
});

it('the size of a body is that of its bytes, not of its characters', () => {
  expect([bodyBytes({ body: '[[0,"é"]]' }), bodyBytes({ body: new Uint8Array(7) })]).toEqual([10, 7]);
});

describe('a commit whose content does not fit its description is damage, named with its version', () => {
  it.each<[string, Partial<Commit>, number, RegExp]>([
    ['more events than it says', { count: 2 }, 5, /says 2 events, but holds 3/],
    ['fewer events than it says', { count: 4 }, 5, /says 4 events, but holds 3/],
    ['a body that is not JSON', { body: '[[0,' }, 5, /cannot be read/],
    ['a body that is something else', { body: '{"a":1}', count: 1 }, 5, /cannot be read/],
    ['no body', { body: '' }, 5, /cannot be read/],
    ['frames that are cut off', { body: new Uint8Array([0, 0]) }, 5, /cannot be read/],
    ['a type that is not listed', { body: '[[0,{}],[7,1],[0,{}]]' }, 6, /no type 7/],
    ['a type that is none', { types: ['placed', 'noted~1'] }, 5, /the event cannot be read/],
    ['a broken tag', { body: '[[0,{"amount":{"$bigint":"x"}}],[1,1],[0,{}]]' }, 5, /the event cannot be read/],
    ['a broken tag in a map', { body: '[[1,1],[1,{"$map":[1]}],[1,1]]' }, 6, /the event cannot be read/],
  ])('%s', (_, changes, version, fault) => {
    let thrown: unknown;
    try {
      eventsOf(commit(changes), codec);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(StreamCorruptedError);
    expect(thrown).toMatchObject({ stream, version, message: expect.stringMatching(fault) });
  });

  it('but an event that is only unknown here is not damaged', () => {
    expect(() => eventsOf(commit(), new EventCodec(new EventRegistry()))).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_EVENT' }),
    );
  });
});
