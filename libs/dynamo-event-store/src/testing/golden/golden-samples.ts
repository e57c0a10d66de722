import { AssertionError } from 'node:assert';
import { isDeepStrictEqual } from 'node:util';
import type { AggregateClass } from '../../aggregate/aggregate-root.js';
import { InvalidArgumentError } from '../../errors/argument-errors.js';
import { domainEventOf } from '../../metadata/metadata-storage.js';
import type { EventClass, EventSerializer } from '../../event/event-serializer.js';
import { upcasterDefinitionOf, type UpcasterDefinition } from '../../event/upcaster.js';
import { readSchemaLock } from '../../schemas/schema-lock.js';
import { differencesBetween } from './sample-differences.js';
import { SampleEncoder } from './sample-events.js';
import { placeOf, readSample, samplesIn, writeSample, type SampleContent, type SamplePlace } from './sample-file.js';
import { replay, type ReplaySettings } from './sample-replay.js';

/** Where the samples are, and what is needed to read them. */
export interface GoldenSampleOptions {
  /** Folder of the samples, `<folder>/<event name>/v<version>.json`; to be committed. */
  readonly folder: string;
  /** All event classes of the application. */
  readonly events: readonly EventClass[];
  /** All its upcasters: functions of `defineUpcaster`, or instances of `@Upcaster` classes. Default: none. */
  readonly upcasters?: readonly object[];
  /** Default: class-transformer, as in the store. */
  readonly serializer?: EventSerializer;
  /** Aggregates to load from each sample whose events they all handle; a reducer that throws fails. Default: none. */
  readonly aggregates?: readonly AggregateClass[];
  /**
   * The lock file of the event schemas: each version in it, unless retired, needs a sample. Default: none; then the
   * versions of `events` and those that `upcasters` start from do.
   */
  readonly lock?: string;
}

/** The sample of one version of one event. */
export interface GoldenSample {
  /** Such as `order-placed version 1`; a name for a test. */
  readonly name: string;
  readonly file: string;
  /**
   * Reads the sample as the store would, and compares. Rejects with an `AssertionError` that names file, version and field
   * when there is no sample, when it cannot be read, or when it becomes another event than expected.
   */
  readonly check: () => Promise<void>;
}

/**
 * The stored events of the past, one for each version of each event, to be read by the code of now. For any test runner:
 *
 * ```ts
 * for (const { name, check } of goldenSamples({ folder, events, upcasters, lock: 'event-schemas.json' })) it(name, check);
 * ```
 *
 * @throws InvalidArgumentError The lock file is not there, or is none.
 */
export function goldenSamples(options: GoldenSampleOptions): readonly GoldenSample[] {
  const settings = settingsOf(options);
  return placesOf(options, settings.upcasters).map((place) => ({
    name: `${place.event} version ${place.version}`,
    file: place.file,
    check: () => checkSample(place, settings),
  }));
}

/**
 * Stores an instance as the sample of its version. Needed once for each version, while its class is there.
 * @param following Events after it, if an upcaster merges them with it.
 * @returns Path of the file.
 * @throws InvalidArgumentError There is a sample of this version with another payload: what was stored does not change.
 */
export async function recordGoldenSample(
  options: GoldenSampleOptions,
  event: object,
  ...following: readonly object[]
): Promise<string> {
  const settings = settingsOf(options);
  const encoder = new SampleEncoder(settings.events, settings.serializer);
  const first = encoder.encode(event);
  const stored = [first, ...following.map((each) => encoder.encode(each))];
  const { file } = placeOf(options.folder, first.type, first.version);
  const before = readSample(file);
  if (before !== undefined && isDeepStrictEqual(before.stored, plain(stored))) return file;
  if (before !== undefined)
    throw new InvalidArgumentError(
      'event',
      `${file} is there already, with another payload. It stands for events that are stored; delete it only if none of that version is.`,
    );
  writeSample(file, { stored, expected: await readBy(settings, stored) });
  return file;
}

/**
 * Takes what every sample becomes now for what is expected. To be run after a change that is meant to change it, such as
 * a new version; look at the difference before you commit it.
 * @returns Paths of the files that are others now.
 */
export async function renewGoldenSamples(options: GoldenSampleOptions): Promise<readonly string[]> {
  const settings = settingsOf(options);
  const renewed: string[] = [];
  for (const { file } of samplesIn(options.folder)) {
    const before = readSample(file);
    if (before === undefined) continue;
    const expected = await readBy(settings, before.stored);
    if (differencesBetween(before.expected, expected).length === 0) continue;
    writeSample(file, { ...before, expected });
    renewed.push(file);
  }
  return renewed;
}

function settingsOf({ events, upcasters = [], serializer, aggregates = [] }: GoldenSampleOptions): ReplaySettings {
  const definitions = upcasters.map((each) => upcasterDefinitionOf(each) ?? (each as UpcasterDefinition));
  return { events, upcasters: definitions, serializer, aggregates };
}

/** Versions that need a sample, and samples that nobody asks for any more. */
function placesOf(
  { folder, events, lock }: GoldenSampleOptions,
  upcasters: readonly UpcasterDefinition[],
): SamplePlace[] {
  const known = lock === undefined ? versionsInCode(events, upcasters) : versionsInLock(lock);
  const places = [...known.map(([event, version]) => placeOf(folder, event, version)), ...samplesIn(folder)];
  return [...new Map(places.map((place) => [place.file, place])).values()].sort(
    (a, b) => (a.event < b.event ? -1 : a.event > b.event ? 1 : 0) || a.version - b.version,
  );
}

function versionsInLock(path: string): [string, number][] {
  const lock = readSchemaLock(path);
  if (lock === undefined)
    throw new InvalidArgumentError('lock', `${path} is not there; write it with \`dynamo-event-store schemas write\`.`);
  return Object.entries(lock.events).flatMap(([event, { retired, versions }]) =>
    retired === true ? [] : Object.keys(versions).map((version): [string, number] => [event, Number(version)]),
  );
}

function versionsInCode(events: readonly EventClass[], upcasters: readonly UpcasterDefinition[]): [string, number][] {
  const current = events.flatMap((eventClass): [string, number][] => {
    const options = domainEventOf(eventClass);
    return options === undefined ? [] : [[options.name, options.version ?? 1]];
  });
  return [...current, ...upcasters.map(({ event, from }): [string, number] => [event, from])];
}

async function checkSample({ event, version, file }: SamplePlace, settings: ReplaySettings): Promise<void> {
  const sample = readSample(file);
  const subject = `${event} version ${version}`;
  if (sample === undefined)
    throw failure(`There is no golden sample of ${subject}: ${file} is missing. Record one with recordGoldenSample.`);
  const [first] = sample.stored;
  if (first?.type !== event || first.version !== version)
    throw failure(`${file} is not of ${subject}, but of ${String(first?.type)} version ${String(first?.version)}.`);
  let read: SampleContent['expected'];
  try {
    read = await readBy(settings, sample.stored);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw failure(`${file}: ${subject} can no longer be read. ${reason}`, { cause });
  }
  const differences = differencesBetween(sample.expected, read);
  if (differences.length === 0) return;
  const list = differences.map((difference) => `\n  - ${difference}`).join('');
  const message = `${file}: ${subject} is not read as expected:${list}\nIf this is meant, run renewGoldenSamples.`;
  throw failure(message, { actual: read, expected: sample.expected });
}

async function readBy(settings: ReplaySettings, stored: SampleContent['stored']): Promise<SampleContent['expected']> {
  const encoder = new SampleEncoder(settings.events, settings.serializer);
  return (await replay(stored, settings)).map((recorded) => encoder.encodeRecorded(recorded));
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function failure(
  message: string,
  { cause, ...values }: { readonly actual?: unknown; readonly expected?: unknown; readonly cause?: unknown } = {},
): AssertionError {
  return Object.assign(new AssertionError({ message, ...values }), cause === undefined ? {} : { cause });
}
