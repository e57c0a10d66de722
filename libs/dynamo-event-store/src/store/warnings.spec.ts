import { runInNewContext } from 'node:vm';
import { describe, expect, it, jest } from '@jest/globals';
import { emitWarning } from './warnings.js';

describe('emitWarning()', () => {
  it('warns of an error of another realm, such as that of a test file in Jest', () => {
    const given = jest.spyOn(process, 'emitWarning');
    const foreign = runInNewContext("new Error('No snapshot was taken.')") as Error;
    for (const warning of [foreign, new Error('No snapshot was taken.')]) {
      given.mockClear();
      expect(() => {
        emitWarning(warning);
      }).not.toThrow();
      expect(given.mock.calls.at(-1)?.[0]).toBe('No snapshot was taken.');
    }
    given.mockRestore();
  });
});
