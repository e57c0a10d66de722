import { describe, expect, it } from '@jest/globals';
import { ClientGoneError, Lane, OverloadedError } from './lane.js';

function laneOf(limits: Partial<{ running: number; waiting: number; waitMs: number }> = {}): Lane {
  return new Lane({ running: 1, waiting: 1, waitMs: 60_000, ...limits });
}

/** Resolves when everything that can go on without an end of a turn has gone on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('take()', () => {
  it('lets so many run, so many wait, and rejects the next at once', async () => {
    const lane = laneOf({ running: 2, waiting: 1 });
    const ends = [await lane.take('a'), await lane.take('b')];
    expect(lane.isFull).toBe(false);
    const waiting = lane.take('c');
    expect(lane.isFull).toBe(true);
    await expect(lane.take('d')).rejects.toThrow(OverloadedError);
    ends[0]!();
    const end = await waiting;
    expect(lane.isFull).toBe(false);
    end();
  });

  it('counts a turn that is ended twice once', async () => {
    const lane = laneOf();
    const end = await lane.take('a');
    end();
    end();
    const endSecond = await lane.take('b');
    const begun: string[] = [];
    const third = lane.take('c').then((endThird) => {
      begun.push('c');
      return endThird;
    });
    await settled();
    expect(begun).toEqual([]);
    endSecond();
    (await third)();
  });

  it('runs requests of one key in turn, and lets those of others pass', async () => {
    const lane = laneOf({ running: 2, waiting: 3 });
    const begun: string[] = [];
    const endFirst = await lane.take('hot');
    const second = lane.take('hot').then((end) => {
      begun.push('hot');
      return end;
    });
    (await lane.take('cold'))();
    begun.push('cold');
    await settled();
    expect(begun).toEqual(['cold']);
    endFirst();
    (await second)();
    expect(begun).toEqual(['cold', 'hot']);
  });

  it('does not begin what a client has left', async () => {
    const lane = laneOf({ waiting: 2 });
    const end = await lane.take('a');
    const leaving = new AbortController();
    const left = lane.take('b', leaving.signal);
    const stays = lane.take('c');
    leaving.abort();
    await expect(left).rejects.toThrow(ClientGoneError);
    end();
    (await stays)();
    await expect(lane.take('d', leaving.signal)).rejects.toThrow(ClientGoneError);
    (await lane.take('e'))();
  });

  it('rejects what has waited too long', async () => {
    const lane = laneOf({ waitMs: 1 });
    await lane.take('a');
    await expect(lane.take('b')).rejects.toThrow(OverloadedError);
    expect(lane.isFull).toBe(false);
  });
});
