import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { InvalidArgumentError } from '../errors/argument-errors.js';
import type { EventSchemaLock } from './event-schemas.js';

/** Name of the lock file unless another one is given. */
export const SCHEMA_LOCK_FILE = 'event-schemas.json';

/**
 * The lock file, or `undefined` when there is none.
 * @param path Default `event-schemas.json` in the current folder.
 * @throws InvalidArgumentError It is not a lock file, or one that a newer version of this package has written.
 */
export function readSchemaLock(path: string = SCHEMA_LOCK_FILE): EventSchemaLock | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new InvalidArgumentError('lock', `${path} cannot be read.`, cause);
  }
  return parseLock(text, path);
}

/** Stores a lock, unless the file says the same already: a file that was formatted otherwise stays as it is. */
export function storeSchemaLock(path: string, lock: EventSchemaLock): boolean {
  if (isDeepStrictEqual(readSchemaLock(path), JSON.parse(JSON.stringify(lock)))) return false;
  writeFileSync(path, `${JSON.stringify(lock, undefined, 2)}\n`);
  return true;
}

function parseLock(text: string, path: string): EventSchemaLock {
  let lock: Partial<EventSchemaLock> | null;
  try {
    lock = JSON.parse(text) as Partial<EventSchemaLock> | null;
  } catch (cause) {
    throw new InvalidArgumentError('lock', `${path} is not JSON; restore it from version control.`, cause);
  }
  const format: unknown = lock?.format;
  if (typeof format === 'number' && format > 1)
    throw new InvalidArgumentError(
      'lock',
      `${path} is of format ${format}; this version of the package knows format 1.`,
    );
  if (format !== 1 || typeof lock?.events !== 'object')
    throw new InvalidArgumentError('lock', `${path} is not a lock file of event schemas.`);
  for (const [name, event] of Object.entries(lock.events))
    if (!Array.isArray(event.aliases) || !Array.isArray(event.aggregates) || typeof event.versions !== 'object')
      throw new InvalidArgumentError('lock', `${path} is damaged at event "${name}"; restore it from version control.`);
  return lock as EventSchemaLock;
}
