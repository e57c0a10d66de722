import { describe, expect, it } from '@jest/globals';
import { EntryBatcher } from './entry-batcher.js';
import { failureOfEntry, type ServiceFailure } from './service-failure.js';

const refusal = Object.assign(new Error('bad'), { name: 'Invalid', $metadata: { httpStatusCode: 400 } });

/** A batcher for up to 3 entries of 10 bytes together, and the requests that it made. */
function batcher(
  outcome: (entry: string) => ServiceFailure | undefined = () => undefined,
  refuse: (entries: readonly string[]) => Error | undefined = () => undefined,
) {
  const requests: string[][] = [];
  const send = (entries: readonly string[]) => {
    requests.push([...entries]);
    const error = refuse(entries);
    return error === undefined ? Promise.resolve(entries.map(outcome)) : Promise.reject(error);
  };
  const add = new EntryBatcher(send, { entries: 3, bytes: 10 }, 1);
  return { requests, addAll: (...entries: string[]) => Promise.all(entries.map((each) => add.add(each, each.length))) };
}

describe('entries that are added at the same time', () => {
  it('share requests up to the number of entries, in their order', async () => {
    const { requests, addAll } = batcher();
    await addAll('a', 'b', 'c', 'd');
    expect(requests).toEqual([['a', 'b', 'c'], ['d']]);
  });

  it('share requests up to the bytes, which may be used up to the last', async () => {
    const { requests, addAll } = batcher();
    await addAll('aaaaa', 'bbbbb', 'c', 'dddddddddd');
    expect(requests).toEqual([['aaaaa', 'bbbbb'], ['c'], ['dddddddddd']]);
  });

  it('have an outcome each', async () => {
    const failure = failureOfEntry('Invalid', 'no', true);
    const { addAll } = batcher((entry) => (entry === 'b' ? failure : undefined));
    expect(await addAll('a', 'b', 'c')).toEqual([undefined, failure, undefined]);
  });

  it('are sent one by one when the request was refused for one of them', async () => {
    const { requests, addAll } = batcher(undefined, (entries) => (entries.includes('b') ? refusal : undefined));
    expect(await addAll('a', 'b', 'c')).toMatchObject([undefined, { code: 'Invalid', scope: 'request' }, undefined]);
    expect(requests).toEqual([['a', 'b', 'c'], ['a'], ['b'], ['c']]);
  });

  it('fail together, without more requests, when the service cannot be reached', async () => {
    const { requests, addAll } = batcher(undefined, () => new Error('reset'));
    expect(await addAll('a', 'b')).toMatchObject([{ retryable: true }, { retryable: true }]);
    expect(requests).toHaveLength(1);
  });

  it('have a failure when the answer is shorter than the request', async () => {
    const short = new EntryBatcher(() => Promise.resolve([undefined]), { entries: 2, bytes: 10 }, 1);
    expect(await Promise.all([short.add('a', 1), short.add('b', 1)])).toMatchObject([
      undefined,
      { code: 'NoOutcome', retryable: true },
    ]);
  });
});
