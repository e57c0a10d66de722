import type { WrappedKey } from '../store/key-provider.js';

/** Partitions of the control table. */
export const SUBJECTS = 'data-subject';
export const KEYS = 'data-key';
export const ERASURES = 'erasures';

/** Which keys a data subject has now; under a digest of the subject's id, and deleted when the person is forgotten. */
export interface SubjectRecord {
  /** Id of the key record. */
  readonly ref: string;
}

/** Keys of one data subject, oldest first; under a random id, so that nothing leads from it to the person. */
export interface KeyRecord {
  readonly keys: readonly WrappedKey[];
  /** ISO 8601; present once the person is forgotten, and `keys` is empty then. */
  readonly forgottenAt?: string;
}

export interface ErasureRecord {
  /** How often somebody was forgotten. */
  readonly count: number;
}

/** Id of a key in stored events. @param number Place in the record, from 1. */
export function keyId(ref: string, number: number): string {
  return `${ref}.${number}`;
}

export function parseKeyId(id: string): { readonly ref: string; readonly number: number } {
  const [ref = '', number = ''] = id.split('.');
  return { ref, number: Number(number) };
}
