import type ts from 'typescript';
import type { EventVersion, UpcasterSource } from './event-schemas.js';
import type { FoundCalls } from './source-classes.js';
import type { KnownCall, SourceCalls } from './source-calls.js';
import type { SourceProgram } from './source-program.js';
import { NOT_STATIC } from './static-value.js';

type Report = (node: ts.Node, problem: string) => void;

/** All upcasters, of classes and of functions. */
export function readUpcasters(
  { upcasters, definitions }: FoundCalls,
  source: SourceProgram,
  calls: SourceCalls,
  report: Report,
): UpcasterSource[] {
  return [...upcasters.map(({ call }) => call), ...definitions].flatMap((call) => {
    const upcaster = upcasterOf(call, calls, report);
    return upcaster === undefined ? [] : [{ ...upcaster, at: source.placeOf(call.node) }];
  });
}

function upcasterOf(call: KnownCall, calls: SourceCalls, report: Report): Omit<UpcasterSource, 'at'> | undefined {
  const options = calls.optionsOf(call);
  if (options === NOT_STATIC) {
    report(call.node, `the options of ${call.name} are not literals or constants`);
    return undefined;
  }
  const { event, from } = options;
  if (typeof event !== 'string' || typeof from !== 'number') {
    report(call.node, `event and from of ${call.name} are not literals or constants`);
    return undefined;
  }
  const into = versionsOf(options['into']);
  const merged = versionsOf(options['with']);
  if (into === NOT_STATIC || merged === NOT_STATIC) {
    report(call.node, `into and with of the upcaster of ${event} from version ${from} are not literals or constants`);
    return { event, from, opaque: true };
  }
  return { event, from, ...(into && { into }), ...(merged && { with: merged }) };
}

function versionsOf(value: unknown): readonly EventVersion[] | undefined | typeof NOT_STATIC {
  if (value === undefined) return undefined;
  return Array.isArray(value) && value.every(isEventVersion) ? value : NOT_STATIC;
}

function isEventVersion(value: unknown): value is EventVersion {
  if (typeof value !== 'object' || value === null) return false;
  const { event, version } = value as Record<string, unknown>;
  return typeof event === 'string' && typeof version === 'number';
}
