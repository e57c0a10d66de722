import { describe, expect, it } from '@jest/globals';
import { failuresOf } from './batch-results.js';

describe('the outcome of an entry', () => {
  it('is told by its id, in whatever order the answer names them', () => {
    const answer = {
      Successful: [{ Id: 'e2' }, { Id: 'e0' }],
      Failed: [{ Id: 'e1', Code: 'InvalidMessageContents', Message: 'a bad character', SenderFault: true }],
    };
    expect(failuresOf(answer, 3)).toEqual([
      undefined,
      { code: 'InvalidMessageContents', message: 'a bad character', retryable: false, scope: 'entry' },
      undefined,
    ]);
  });

  it('is a failure worth another try when the answer does not name the entry', () => {
    for (const answer of [{}, { Successful: [{ Id: 'e1' }], Failed: [] }])
      expect(failuresOf(answer, 1)).toMatchObject([{ code: 'NoOutcome', retryable: true, scope: 'entry' }]);
  });
});
