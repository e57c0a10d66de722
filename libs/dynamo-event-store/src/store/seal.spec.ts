import { describe, expect, it } from '@jest/globals';
import { seal, sealTogether, tokenOf, unseal, unsealTogether, type SealPlace } from './seal.js';
import { encodeState } from './sealed-state.js';
import type { SubjectKey, SubjectKeys } from './subject-keys.js';

const key: SubjectKey = { id: 'k.1', secret: Buffer.alloc(32, 1) };
const other: SubjectKey = { id: 'o.1', secret: Buffer.alloc(32, 2) };
const stream = { aggregate: 'person', id: 'ann' };
const place: SealPlace = { stream, version: 3 };
const ELSEWHERE: [string, SealPlace][] = [
  ['version', { stream, version: 4 }],
  ['id', { stream: { ...stream, id: 'bob' }, version: 3 }],
  ['aggregate', { stream: { ...stream, aggregate: 'group' }, version: 3 }],
  ['tenant', { stream: { ...stream, tenant: 'acme' }, version: 3 }],
];

describe('sealed text', () => {
  it('opens in its place', () => {
    const [id, text] = seal(key, place, 'Ann Archer');
    expect(id).toBe('k.1');
    expect(unseal(key, place, text)).toBe('Ann Archer');
  });

  it.each(ELSEWHERE)('does not open at another %s', (_, elsewhere) => {
    const [, text] = seal(key, place, 'Ann Archer');
    expect(() => unseal(key, elsewhere, text)).toThrow();
    const bytes = Buffer.from('Ann Archer');
    const together = sealTogether([key, other], place, bytes);
    expect(unsealTogether([other, key], place, together)).toEqual(bytes);
    expect(() => unsealTogether([key, other], elsewhere, together)).toThrow();
  });

  it('opens with no other key, not under another name, not with some of the keys, and not when a bit has changed', () => {
    const [, text] = seal(key, place, 'Ann Archer');
    const together = sealTogether([key, other], place, Buffer.from('Ann Archer'));
    expect(() => unseal({ ...key, secret: other.secret }, place, text)).toThrow();
    expect(() => unseal({ ...key, id: 'k.2' }, place, text)).toThrow();
    for (const keys of [[key], [other], []]) expect(() => unsealTogether(keys, place, together)).toThrow();
    for (const position of [0, 12, Buffer.from(text, 'base64url').length - 1]) {
      const bytes = Buffer.from(text, 'base64url');
      bytes[position] = (bytes[position] ?? 0) ^ 1;
      expect(() => unseal(key, place, bytes.toString('base64url'))).toThrow();
    }
  });

  it('is the same for the same text in the same place, and nothing alike for another', () => {
    expect(seal(key, place, 'Ann')).toEqual(seal(key, place, 'Ann'));
    const texts = [
      seal(key, place, 'Ann'),
      seal(key, place, 'Bob'),
      seal(other, place, 'Ann'),
      ...ELSEWHERE.map(([, elsewhere]) => seal(key, elsewhere, 'Ann')),
    ].map(([, text]) => text);
    // Neither nonce nor text twice.
    expect(new Set(texts.map((text) => text.slice(0, 16))).size).toBe(texts.length);
    expect(new Set(texts.map((text) => text.slice(16))).size).toBe(texts.length);
  });
});

it('a token tells nothing without the key, and two streams apart', () => {
  const [, token] = tokenOf(key, stream, 'Ann');
  expect(token).not.toBe(tokenOf(other, stream, 'Ann')[1]);
  expect(token).not.toBe(tokenOf(key, { ...stream, id: 'bob' }, 'Ann')[1]);
  expect(token).toBe(tokenOf(key, stream, 'Ann')[1]);
});

it('a state with data of somebody who is forgotten by now is not sealed with what keys are left', async () => {
  const having = (...keys: SubjectKey[]): SubjectKeys => ({
    erasures: () => Promise.resolve(0),
    existingKeyOf: () => Promise.reject(new Error('not asked for')),
    watch: () => ({ isConcerned: false, hasMoved: () => Promise.resolve(false) }),
    keyOf: () => Promise.reject(new Error('not asked for')),
    find: (ids) => Promise.resolve(new Map(keys.filter(({ id }) => ids.includes(id)).map((each) => [each.id, each]))),
  });
  const encoded = (keys: SubjectKeys | undefined) =>
    encodeState('{"name":"Ann"}', { absent: [], keys: new Set(['k.1', 'o.1']) }, place, keys);
  expect(await encoded(having(key, other))).toEqual(expect.not.stringContaining('Ann'));
  for (const keys of [having(key), having(other), having(), undefined]) expect(await encoded(keys)).toBeUndefined();
});
