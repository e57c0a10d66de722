import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InvalidArgumentError } from '../../errors/argument-errors.js';
import type { JsonValue } from '../../event/json-value.js';

/** One event as it is in the table: JSON, or bytes of a serializer's own format in base64. */
export interface SampleEvent {
  readonly type: string;
  readonly version: number;
  /** Stored as `{ type, payload }`, so it can be read without a class. */
  readonly classless?: true;
  readonly payload?: JsonValue;
  readonly bytes?: string;
}

/** What a file holds. */
export interface SampleContent {
  /** The event that the sample is for, and those after it that its upcaster merges with it. Never changed. */
  readonly stored: readonly SampleEvent[];
  /** The events that it becomes, as the code of now would store them. */
  readonly expected: readonly SampleEvent[];
}

/** An event and version, and the file for its sample. */
export interface SamplePlace {
  readonly event: string;
  readonly version: number;
  readonly file: string;
}

export function placeOf(folder: string, event: string, version: number): SamplePlace {
  return { event, version, file: join(folder, encodeURIComponent(event), `v${version}.json`) };
}

/** All samples of a folder. */
export function samplesIn(folder: string): SamplePlace[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      readdirSync(join(folder, name)).flatMap((file) => {
        const version = /^v([1-9]\d*)\.json$/.exec(file)?.[1];
        return version === undefined ? [] : [placeOf(folder, decodeURIComponent(name), Number(version))];
      }),
    );
}

/** The content of a file, or `undefined` when there is none. Throws `InvalidArgumentError` for what is not a sample. */
export function readSample(file: string): SampleContent | undefined {
  if (!existsSync(file)) return undefined;
  let content: Partial<SampleContent>;
  try {
    content = JSON.parse(readFileSync(file, 'utf8')) as Partial<SampleContent>;
  } catch (cause) {
    throw new InvalidArgumentError('folder', `${file} is not JSON.`, cause);
  }
  const { stored, expected } = content;
  if (!isListOfEvents(stored) || stored.length === 0 || !isListOfEvents(expected))
    throw new InvalidArgumentError(
      'folder',
      `${file} is not a golden sample: it must have stored and expected events.`,
    );
  return { stored, expected };
}

export function writeSample(file: string, content: SampleContent): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`);
}

function isListOfEvents(value: unknown): value is readonly SampleEvent[] {
  return (
    Array.isArray(value) &&
    value.every(
      (event: Partial<SampleEvent> | null) => typeof event?.type === 'string' && typeof event.version === 'number',
    )
  );
}
