import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { chosen, runProgram, UsageError, wholeNumber, WrongAnswerError } from './program.js';

const OPTIONS = { runs: { type: 'string', default: '15' }, quick: { type: 'boolean', default: false } } as const;

describe('a program of the bench', () => {
  const written = { out: [] as string[], err: [] as string[] };
  const start = (args: readonly string[], run: (runs: string) => void = () => undefined) =>
    runProgram(
      {
        usage: 'the usage',
        options: OPTIONS,
        run: ({ runs }) => Promise.resolve(runs).then(run),
      },
      args,
    );

  beforeEach(() => {
    jest.spyOn(console, 'log').mockImplementation((text) => written.out.push(String(text)));
    jest.spyOn(console, 'error').mockImplementation((text) => written.err.push(String(text)));
  });

  afterEach(() => {
    jest.restoreAllMocks();
    written.out = [];
    written.err = [];
  });

  it('runs with its options and ends well', async () => {
    const seen: string[] = [];
    expect(await start(['--runs', '3'], (runs) => seen.push(runs))).toBe(0);
    expect(await start([], (runs) => seen.push(runs))).toBe(0);
    expect(seen).toEqual(['3', '15']);
    expect(written).toEqual({ out: [], err: [] });
  });

  it('shows its usage and does nothing else', async () => {
    const run = jest.fn();
    expect(await start(['--quick', '--help'], run)).toBe(0);
    expect(written).toEqual({ out: ['the usage'], err: [] });
    expect(run).not.toHaveBeenCalled();
  });

  it.each([
    [['--rums', '3'], "Unknown option '--rums'. `--help` lists the options."],
    [['quick'], "Unexpected argument 'quick'. `--help` lists the options."],
    [['--runs'], "Option '--runs <value>' argument missing. `--help` lists the options."],
    [['--runs', '--quick'], "Option '--runs' argument is ambiguous. `--help` lists the options."],
    [['--quick=yes'], "Option '--quick' does not take an argument. `--help` lists the options."],
    [['--runs', '0'], '--runs is 0, but must be a whole number from 1. `--help` lists the options.'],
  ])('says in one line what is wrong with %j, and ends with 2', async (args, message) => {
    expect(await start(args, (runs) => wholeNumber('--runs', runs))).toBe(2);
    expect(written).toEqual({ out: [], err: [message] });
  });

  it('says which answers are wrong, a line for each, and ends with 1', async () => {
    const fault = () => {
      throw new WrongAnswerError('store, append-1: version 2 of 3', 'floor, load-10: nothing');
    };
    expect(await start([], fault)).toBe(1);
    expect(written.err).toEqual(['WRONG: store, append-1: version 2 of 3\nWRONG: floor, load-10: nothing']);
  });

  it('leaves what is not expected to whoever started it, stack and all', async () => {
    const unexpected = new TypeError('no such thing');
    const fault = () => {
      throw unexpected;
    };
    await expect(start([], fault)).rejects.toBe(unexpected);
    expect(written.err).toEqual([]);
  });
});

describe('values of options', () => {
  it.each(['x', '', '0', '-1', '1.5', '1e30'])('%j is no whole number from 1', (text) => {
    expect(() => wholeNumber('--runs', text)).toThrow(UsageError);
  });

  it('names are taken in their usual order', () => {
    expect(chosen('--only', 'c,a', ['a', 'b', 'c'])).toEqual(['a', 'c']);
    expect(chosen('--only', undefined, ['a', 'b'])).toEqual(['a', 'b']);
    expect(() => chosen('--only', 'a,d', ['a', 'b'])).toThrow(new UsageError('--only: there is no d; there are a, b.'));
  });
});
