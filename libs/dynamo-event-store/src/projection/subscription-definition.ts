import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { eventClassFaults } from '../event/event-registry.js';
import type { EventClass } from '../event/event-serializer.js';
import { domainEventOf, subscriptionMethodsOf, subscriptionOf, type AnyClass } from '../metadata/metadata-storage.js';
import type { SubscriptionDeclaration, SubscriptionMethod } from '../metadata/subscription-options.js';
import type { ViewDefinition } from './view.js';

type Method = string | symbol;

/** What is known of a `@Projection` or `@Reactor`, with the defaults. */
export interface SubscriptionDefinition {
  readonly kind: 'projection' | 'reactor';
  readonly name: string;
  readonly version: number;
  readonly from: 'beginning' | 'now';
  /** As given; `undefined`: to be found by the events. */
  readonly aggregates: readonly string[] | undefined;
  readonly concurrency: number;
  readonly attempts: number;
  /** Events of one stream that are applied together. */
  readonly batch: number;
  readonly views: readonly ViewDefinition<object>[];
  readonly fence: AnyClass | string | symbol | undefined;
  readonly replayable: boolean;
  readonly store: string | undefined;
  /** Method for each stored name of an event. */
  readonly methods: ReadonlyMap<string, Method>;
  readonly events: readonly EventClass[];
  /** Method for all other events. */
  readonly any: Method | undefined;
  readonly timers: ReadonlyMap<string, Method>;
}

const DEFAULT_CONCURRENCY = 16;
const DEFAULT_ATTEMPTS = 5;
const DEFAULT_BATCH = 100;
/** One event at a time, so that a crash repeats the effect of one event and not of a whole batch. */
const REACTOR_BATCH = 1;

/**
 * The definition of a class; `undefined` when it has neither `@Projection` nor `@Reactor`.
 * @throws InvalidDefinitionError Lists every fault of the class.
 */
export function subscriptionDefinitionOf(target: AnyClass): SubscriptionDefinition | undefined {
  const declaration = subscriptionOf(target);
  if (declaration === undefined) return undefined;
  const methods = subscriptionMethodsOf(target);
  const faults = [...optionFaults(declaration), ...methodFaults(declaration, methods)];
  if (faults.length > 0) throw new InvalidDefinitionError(target.name, faults);
  return compile(declaration, methods);
}

function compile(
  { kind, options }: SubscriptionDeclaration,
  methods: readonly SubscriptionMethod[],
): SubscriptionDefinition {
  const events = methods.flatMap(({ trigger }) => ('event' in trigger && trigger.event ? [trigger.event] : []));
  const projection = kind === 'projection' ? options : undefined;
  const reactor = kind === 'reactor' ? options : undefined;
  return {
    kind,
    name: options.name,
    version: projection?.version ?? 1,
    from: options.from ?? (kind === 'projection' ? 'beginning' : 'now'),
    aggregates: options.aggregates,
    concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
    attempts: options.attempts ?? DEFAULT_ATTEMPTS,
    batch: projection === undefined ? REACTOR_BATCH : (projection.batch ?? DEFAULT_BATCH),
    views: (options.views ?? []) as readonly ViewDefinition<object>[],
    fence: projection?.fence,
    replayable: reactor?.replayable ?? false,
    store: options.store,
    methods: new Map(
      methods.flatMap(({ trigger, method }) =>
        'event' in trigger && trigger.event ? [[domainEventOf(trigger.event)?.name ?? '', method]] : [],
      ),
    ),
    events: [...new Set(events)],
    any: methods.findLast(({ trigger }) => 'any' in trigger)?.method,
    timers: new Map(methods.flatMap(({ trigger, method }) => ('timer' in trigger ? [[trigger.timer, method]] : []))),
  };
}

function optionFaults({ kind, options }: SubscriptionDeclaration): string[] {
  const faults: string[] = [];
  const title = kind === 'projection' ? '@Projection' : '@Reactor';
  if (typeof options.name !== 'string' || !/^[A-Za-z0-9._-]+$/.test(options.name))
    faults.push(`The name of ${title} is letters, digits, ".", "_" and "-", not ${JSON.stringify(options.name)}.`);
  const { concurrency, attempts, aggregates } = options;
  // Callers without types pass anything.
  const from: unknown = options.from;
  const numbers = { concurrency, attempts, ...(kind === 'projection' ? numbersOf(options) : {}) };
  for (const [name, value] of Object.entries(numbers))
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1))
      faults.push(`${name} of ${title} is ${value}, but must be a whole number from 1.`);
  if (from !== undefined && from !== 'beginning' && from !== 'now')
    faults.push(`from of ${title} is ${JSON.stringify(from)}, but must be "beginning" or "now".`);
  if (aggregates !== undefined && (aggregates.length === 0 || aggregates.some((name) => name === '')))
    faults.push(`aggregates of ${title} must name at least one aggregate.`);
  return [...faults, ...viewFaults(options)];
}

function numbersOf({ version, batch }: { version?: number; batch?: number }) {
  return { version, batch };
}

function viewFaults(options: SubscriptionDeclaration['options']): string[] {
  const views = (options.views ?? []) as readonly ViewDefinition<object>[];
  const faults = views
    .filter(({ projection }) => projection !== options.name)
    .map(
      ({ name, projection }) =>
        `View "${name}" belongs to "${projection}", not to "${options.name}": defineView({ projection: '${options.name}', … }).`,
    );
  if (new Set(views.map(({ name }) => name)).size < views.length) faults.push('Two of its views have one name.');
  if (views.length > 0 && 'fence' in options && options.fence)
    faults.push('views and fence exclude each other: views keep the progress themselves.');
  if (views.length > 0 && 'replayable' in options && options.replayable)
    faults.push('views and replayable exclude each other: with views, its methods are not told of a replay.');
  return faults;
}

function methodFaults({ kind }: SubscriptionDeclaration, methods: readonly SubscriptionMethod[]): string[] {
  const faults: string[] = [];
  const seen = new Map<unknown, string | symbol>();
  for (const { method, isStatic, trigger } of methods) {
    const name = String(method);
    if (isStatic) faults.push(`${name} is static; events are given to methods of the instance.`);
    if ('event' in trigger) faults.push(...eventFaults(name, trigger.event));
    if ('timer' in trigger && kind === 'projection')
      faults.push(`${name} has @OnTimer, but only reactors have timers: a projection can be built again.`);
    const key = 'event' in trigger ? trigger.event : 'timer' in trigger ? `timer ${trigger.timer}` : 'any';
    const other = seen.get(key);
    if (other !== undefined && other !== method)
      faults.push(`${String(other)} and ${name} both take ${describe(trigger)}; one method takes it.`);
    seen.set(key, method);
  }
  if (methods.length === 0) faults.push('It has no method with @On.');
  return faults;
}

function eventFaults(method: string, event: AnyClass | undefined): string[] {
  if (event === undefined)
    return [`@On of ${method} has no event class: two files import each other. Move the event to a file of its own.`];
  return eventClassFaults(event).map((fault) => `@On of ${method}: ${fault}`);
}

function describe(trigger: SubscriptionMethod['trigger']): string {
  if ('event' in trigger) return trigger.event?.name ?? 'an event';
  return 'timer' in trigger ? `the timer "${trigger.timer}"` : 'every event';
}
