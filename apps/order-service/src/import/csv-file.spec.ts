import { describe, expect, it } from '@jest/globals';
import { parseCsv, UnusableFileError } from './csv-file.js';

describe('a CSV file', () => {
  it('gives values by column, and none for NULL and nothing', () => {
    const { rows, columns } = parseCsv('a.csv', '\uFEFFid, name ,note\r\n1, Chai ,NULL\r\n2,,x\r\n', ['id', 'name']);
    expect(columns).toBe(3);
    expect(rows.map((row) => [row.value('id'), row.value('name'), row.value('note')])).toEqual([
      ['1', 'Chai', undefined],
      ['2', undefined, 'x'],
    ]);
  });

  it('counts lines as an editor does, also after empty ones', () => {
    const { rows } = parseCsv('a.csv', 'id\n1\n\n\n2\n3', ['id']);
    expect(rows.map(({ line }) => line)).toEqual([2, 5, 6]);
  });

  it('takes quoted values with commas, and quotes inside a value as they are', () => {
    const { rows } = parseCsv('a.csv', 'id,name\n1,"Smith, J."\n2,12" disc\n', ['id', 'name']);
    expect(rows.map((row) => row.value('name'))).toEqual(['Smith, J.', '12" disc']);
  });

  it('tells how many fields a row has', () => {
    const { rows } = parseCsv('a.csv', 'a,b\n1\n1,2\n1,2,3\n', ['a']);
    expect(rows.map(({ fields }) => fields)).toEqual([1, 2, 3]);
  });

  it('is unusable without a column, empty, or with a quote that is never closed', () => {
    expect(() => parseCsv('a.csv', 'a,b\n1,2\n', ['a', 'c', 'd'])).toThrow(
      new UnusableFileError('a.csv:1: there is no column c, d.'),
    );
    expect(() => parseCsv('a.csv', '', ['a'])).toThrow(UnusableFileError);
    expect(() => parseCsv('a.csv', 'a\n1\n"2\n3\n', ['a'])).toThrow(
      'a.csv: a quote that is opened after line 2 is never closed.',
    );
  });
});
