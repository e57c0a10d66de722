import { describe, expect, it } from '@jest/globals';
import { describeEnd } from './java-engine.js';

describe('describeEnd', () => {
  it('quotes the line that says most', () => {
    const stderr =
      'Picked up JAVA_TOOL_OPTIONS: -Derror=1\nstarting\nException in thread "main" java.io.IOException: no\n\tat A.b(C)\n';

    expect(describeEnd({ code: 1, signal: null, stderr })).toBe(
      'exit code 1, "Exception in thread "main" java.io.IOException: no".',
    );
  });

  it('quotes the last line when none looks like an error', () => {
    expect(describeEnd({ code: 2, signal: null, stderr: 'one\r\ntwo\r\n\r\n' })).toBe('exit code 2, "two".');
  });

  it('says that there was nothing to quote', () => {
    expect(describeEnd({ code: null, signal: 'SIGKILL', stderr: '\n' })).toBe(
      'signal SIGKILL, nothing on its standard error.',
    );
  });
});
