import { describe, expect, it } from '@jest/globals';
import { parseDurationMs } from './duration.js';

describe('a duration', () => {
  it.each([
    ['90', 90_000],
    ['P7D', 604_800_000],
    ['PT1H30M', 5_400_000],
    ['PT2S', 2_000],
    ['P1DT1M', 86_460_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each(['', 'P', 'PT', 'P1', '7D', 'P1M', 'P1DT', '-1', '1.5', 'P1H', 'soon'])('%s is none', (text) => {
    expect(parseDurationMs(text)).toBeUndefined();
  });
});
