import { describe, expect, it } from '@jest/globals';
import { AggregateRoot } from '../aggregate/aggregate-root.js';
import type { StreamId } from '../event/stream-id.js';
import { AggregateCache } from './aggregate-cache.js';
import { Replica } from './replica.js';

class Note extends AggregateRoot {
  text = '';
}
class Memo extends Note {}

const streamOf = (id: string, more: Partial<StreamId> = {}): StreamId => ({ aggregate: 'note', id, ...more });

interface Noted {
  readonly note: Note;
  readonly replica: Replica<Note>;
}

function noted(id: string, text = ''): Noted {
  const note = new Note(id);
  note.text = text;
  return { note, replica: new Replica(note, undefined) };
}

describe('the cache', () => {
  it('gives what was put in for a stream, until it is removed', () => {
    const cache = new AggregateCache({});
    const { replica } = noted('a');
    cache.put(streamOf('a'), replica);
    expect(cache.get(Note, { id: 'a', aggregate: 'note' })).toBe(replica);
    expect(cache.get(Note, streamOf('b'))).toBeUndefined();
    cache.remove(streamOf('a'));
    expect(cache.get(Note, streamOf('a'))).toBeUndefined();
    expect(cache.size.entries).toBe(0);
  });

  it('tells streams apart by every part of their id', () => {
    const cache = new AggregateCache({});
    const streams: StreamId[] = [
      streamOf('a'),
      streamOf('a', { tenant: 'acme' }),
      streamOf('a', { tenant: 'null' }),
      streamOf('a', { aggregate: 'memo' }),
      streamOf('a","b'),
    ];
    const replicas = streams.map(({ id }) => noted(id).replica);
    for (const [index, stream] of streams.entries()) cache.put(stream, replicas[index]!);
    expect(streams.map((stream) => cache.get(Note, stream))).toEqual(replicas);
    expect(cache.size.entries).toBe(5);
  });

  it('does not give the state of one class for another of the same name', () => {
    const cache = new AggregateCache({});
    cache.put(streamOf('a'), noted('a').replica);
    expect(cache.get(Memo, streamOf('a'))).toBeUndefined();
    expect(cache.get(Note, streamOf('a'))).toBeDefined();
  });

  it('keeps the most recently used ones, up to its number', () => {
    const cache = new AggregateCache({ maxEntries: 2 });
    for (const id of ['a', 'b']) cache.put(streamOf(id), noted(id).replica);
    cache.get(Note, streamOf('a'));
    cache.put(streamOf('c'), noted('c').replica);
    expect(['a', 'b', 'c'].map((id) => cache.get(Note, streamOf(id)) !== undefined)).toEqual([true, false, true]);
    expect(cache.size.entries).toBe(2);
  });

  it('keeps no more than its bytes', () => {
    const cache = new AggregateCache({ maxBytes: 100_000 });
    for (let index = 0; index < 50; index++) {
      cache.put(streamOf(`n-${index}`), noted(`n-${index}`, 'x'.repeat(5_000)).replica);
      expect(cache.size.bytes).toBeLessThanOrEqual(100_000);
    }
    expect(cache.size.entries).toBeGreaterThan(5);
    expect(cache.size.entries).toBeLessThan(11);
    expect(cache.get(Note, streamOf('n-49'))).toBeDefined();
  });

  it('takes nothing in that is larger than all of it, and keeps the rest', () => {
    const cache = new AggregateCache({ maxBytes: 100_000 });
    cache.put(streamOf('a'), noted('a').replica);
    cache.put(streamOf('b'), noted('b', 'x'.repeat(100_000)).replica);
    expect([cache.get(Note, streamOf('a')) !== undefined, cache.get(Note, streamOf('b'))]).toEqual([true, undefined]);
  });

  it('measures a state anew that has grown, when it is put in again', () => {
    const cache = new AggregateCache({ maxBytes: 100_000 });
    const states = ['a', 'b', 'c'].map((id) => noted(id));
    for (const { note, replica } of states) cache.put(streamOf(note.id), replica);
    const before = cache.size.bytes;
    for (const { note, replica } of states) {
      note.text = 'x'.repeat(20_000);
      cache.put(streamOf(note.id), replica);
    }
    expect(cache.size.bytes).toBeGreaterThan(before + 40_000);
    expect(cache.size.bytes).toBeLessThanOrEqual(100_000);
    expect(cache.size.entries).toBe(2);
    states[2]!.note.text = 'x'.repeat(200_000);
    cache.put(streamOf('c'), states[2]!.replica);
    expect(cache.get(Note, streamOf('c'))).toBeUndefined();
  });

  it.each([0, -1, 1.5, Number.NaN, Infinity])('has no bounds of %p, and names both that are wrong', (value) => {
    expect(() => new AggregateCache({ maxEntries: value, maxBytes: value })).toThrow(
      expect.objectContaining({
        code: 'INVALID_DEFINITION',
        faults: [
          `cache.maxEntries is ${value}, but must be a whole number from 1.`,
          `cache.maxBytes is ${value}, but must be a whole number from 1.`,
        ],
      }),
    );
  });
});
