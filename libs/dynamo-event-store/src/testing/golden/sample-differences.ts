import type { JsonValue } from '../../event/json-value.js';
import type { SampleEvent } from './sample-file.js';

const MAX_LENGTH = 200;

/** Every place at which the events that were read are not those that were expected. */
export function differencesBetween(expected: readonly SampleEvent[], read: readonly SampleEvent[]): string[] {
  if (expected.length !== read.length)
    return [`expected ${expected.length} events (${namesOf(expected)}), read ${read.length} (${namesOf(read)})`];
  return expected.flatMap((event, index) => {
    const other = read[index];
    if (other === undefined) return [];
    const prefix = expected.length === 1 ? '' : `event ${index + 1}: `;
    if (nameOf(event) !== nameOf(other)) return [`${prefix}expected ${nameOf(event)}, read ${nameOf(other)}`];
    if (event.bytes !== other.bytes) return [`${prefix}the bytes are others`];
    const found: string[] = [];
    compare(event.payload, other.payload, '', found);
    return found.map((difference) => `${prefix}${difference}`);
  });
}

type Present = JsonValue | undefined;

function compare(expected: Present, read: Present, path: string, found: string[]): void {
  if (Array.isArray(expected) && Array.isArray(read)) {
    const lists = [expected, read] as readonly (readonly JsonValue[])[];
    const length = Math.max(...lists.map((list) => list.length));
    for (let index = 0; index < length; index++)
      compare(lists[0]?.[index], lists[1]?.[index], `${path}[${index}]`, found);
  } else if (isObject(expected) && isObject(read) && tagOf(expected) === tagOf(read)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(read)]);
    for (const key of keys)
      compare(own(expected, key), own(read, key), key === tagOf(expected) ? path : placeOf(path, key), found);
  } else if (expected !== read)
    found.push(`${path === '' ? '' : `${path}: `}expected ${text(expected)}, read ${text(read)}`);
}

/** Values that JSON lacks, as `{ $date: … }`, have no part that a reader knows by name. */
function tagOf(value: Readonly<Record<string, JsonValue>>): string | undefined {
  const [only, ...more] = Object.keys(value);
  return more.length === 0 && only?.startsWith('$') === true ? only : undefined;
}

function placeOf(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function own(value: Readonly<Record<string, JsonValue>>, key: string): Present {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function isObject(value: Present): value is Readonly<Record<string, JsonValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: Present): string {
  const whole = value === undefined ? 'nothing' : JSON.stringify(value);
  return whole.length > MAX_LENGTH ? `${whole.slice(0, MAX_LENGTH)}…` : whole;
}

function nameOf({ type, version }: SampleEvent): string {
  return `${type} version ${version}`;
}

function namesOf(events: readonly SampleEvent[]): string {
  return events.length === 0 ? 'none' : events.map(nameOf).join(', ');
}
