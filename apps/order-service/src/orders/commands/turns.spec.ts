import { describe, expect, it } from '@jest/globals';
import { Turns } from './turns.js';

/** Work that ends when it is told to. */
function controlled(log: string[], name: string) {
  let end: (outcome: 'done' | Error) => void = () => undefined;
  const outcome = new Promise<string>((resolve, reject) => {
    end = (value) => {
      if (value instanceof Error) reject(value);
      else resolve(name);
    };
  });
  const work = () => {
    log.push(name);
    return outcome;
  };
  return {
    work,
    end: (value: 'done' | Error = 'done') => {
      end(value);
    },
  };
}

describe('turns', () => {
  it('run work with one key in order, also after a failure, and with another key at once', async () => {
    const turns = new Turns();
    const log: string[] = [];
    const [a1, a2, b1] = [controlled(log, 'a1'), controlled(log, 'a2'), controlled(log, 'b1')];
    const first = turns.take('a', a1.work);
    const second = turns.take('a', a2.work);
    const other = turns.take('b', b1.work);
    b1.end();
    expect(await other).toBe('b1');
    expect(log).toEqual(['a1', 'b1']);
    a1.end(new Error('refused'));
    await expect(first).rejects.toThrow('refused');
    a2.end();
    expect(await second).toBe('a2');
    expect(log).toEqual(['a1', 'b1', 'a2']);
  });

  it('forget a key when its work is done', async () => {
    const turns = new Turns();
    await Promise.all(['a', 'a', 'b'].map((key) => turns.take(key, () => Promise.resolve())));
    expect(turns.size).toBe(0);
  });
});
