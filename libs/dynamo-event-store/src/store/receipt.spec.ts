import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newCommitId } from './commit.js';
import { hashOf, idempotentCommitId } from './receipt.js';

const part = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('a', 'b', '"', '","', 'null', '\\'));

describe('what is stored of a key', () => {
  it('is of one length, fit for a sort key, and does not tell the key', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 3000 }), (text) => {
        expect(hashOf(text)).toMatch(/^[\w-]{43}$/);
        expect(hashOf(text)).toBe(hashOf(text));
      }),
    );
    expect(hashOf('a')).not.toBe(hashOf('b'));
  });
});

describe('the commit id of a key', () => {
  const stream = { aggregate: 'order', id: 'o-1' };

  it('is the same for ever: another one would store a command twice', () => {
    expect(idempotentCommitId(stream, 'k-1')).toBe('key-6YPn32ZnZqxlwox-WbQYTn3NT5-5utVxsEp7zi4kRTM');
    expect(idempotentCommitId({ ...stream, tenant: 'acme' }, 'k-1')).toBe(
      'key-VtRDxV0fWWH9mmEeGCGwStrhFYaWN-69uCYJZB49a9w',
    );
  });

  it('differs for another key and on every other stream, whatever their parts are', () => {
    const scope = fc.record({ aggregate: part, id: part, tenant: fc.option(part, { nil: undefined }), key: part });
    fc.assert(
      fc.property(scope, scope, (a, b) => {
        const [first, second] = [a, b].map(({ aggregate, id, tenant, key }) =>
          idempotentCommitId(tenant === undefined ? { aggregate, id } : { aggregate, id, tenant }, key),
        );
        const same = a.aggregate === b.aggregate && a.id === b.id && a.tenant === b.tenant && a.key === b.key;
        expect(first === second).toBe(same);
      }),
      { numRuns: 1000 },
    );
  });

  it('is never one that was chosen at random, and no longer than a commit id may be', () => {
    expect(newCommitId()).not.toMatch(/^key-/);
    expect(idempotentCommitId(stream, 'x'.repeat(10_000)).length).toBeLessThanOrEqual(128);
  });
});
