import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { assertCompiler } from './compiler-version.js';

describe('assertCompiler()', () => {
  it('accepts the TypeScript of this repository', () => {
    expect(() => {
      assertCompiler(ts);
    }).not.toThrow();
  });

  it('accepts TypeScript 5.5', () => {
    expect(() => {
      assertCompiler({ version: '5.5.2', createProgram: ts.createProgram });
    }).not.toThrow();
  });

  it('rejects a TypeScript before 5.5 and names the versions it needs', () => {
    expect(() => {
      assertCompiler({ version: '5.4.5', createProgram: ts.createProgram });
    }).toThrow('5.5 to 6.x; found 5.4.5');
  });

  it('rejects a TypeScript without a compiler API and says how to keep it', () => {
    expect(() => {
      assertCompiler({ version: '7.0.2' });
    }).toThrow('ts7@npm:typescript@7');
  });
});
