import { EventValidationError } from '../errors/event-errors.js';
import { InvalidDefinitionError } from '../errors/invalid-definition-error.js';
import { domainEventOf } from '../metadata/metadata-storage.js';
import type { StandardIssue, StandardSchema } from '../metadata/standard-schema.js';
import type { SerializedEventType } from './event-serializer.js';
import { formatPath } from './personal-fields.js';

/** What is wrong at one place of an event. */
export interface ValidationIssue {
  /** Such as `lines[0].price`; empty for the event itself. */
  readonly path: string;
  readonly message: string;
}

/** Checks events by rules of its own; `classValidator()` of `./class-validator` is one. Must not change the event. */
export interface EventValidator {
  /**
   * @param event Instance of the event's class; for an event without a class, its payload.
   * @returns What is wrong; empty when the event is valid.
   */
  validate(event: unknown, type: SerializedEventType): readonly ValidationIssue[];
}

export interface ValidationOptions {
  /** Beside the `schema` of each `@DomainEvent`, which always counts. Default: none. */
  readonly validators?: readonly EventValidator[];
  /** Whether events are also validated when they are read, after upcasting. Default false. */
  readonly onRead?: boolean;
}

/** Validates events that have no class, by name: their payloads against schemas of zod or any other Standard Schema library. */
export function schemasByName(schemas: Readonly<Record<string, StandardSchema>>): EventValidator {
  return {
    validate: (event, { name }) => {
      const schema = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
      return schema === undefined ? [] : issuesOf(schema, event, name);
    },
  };
}

/** Runs the schema of the event's class, and every validator. */
export class EventValidation {
  private readonly validators: readonly EventValidator[];
  readonly onRead: boolean;

  /** @throws InvalidDefinitionError The options are something else. */
  constructor(options: ValidationOptions = {}) {
    const { validators = [], onRead = false } = options;
    const isValidator = (each: unknown): boolean =>
      typeof each === 'object' && each !== null && 'validate' in each && typeof each.validate === 'function';
    if (Array.isArray(options) || !Array.isArray(validators) || !validators.every(isValidator))
      throw new InvalidDefinitionError('The option `validation`', [
        'It is { validators, onRead }, and `validators` a list of objects with a method `validate`, such as classValidator().',
      ]);
    this.validators = validators;
    this.onRead = onRead;
  }

  /** Whether there are any rules for an event. */
  concerns({ eventClass }: SerializedEventType): boolean {
    return this.validators.length > 0 || (eventClass !== undefined && domainEventOf(eventClass)?.schema !== undefined);
  }

  /**
   * @throws EventValidationError Names the event, and every place that is wrong.
   */
  check(event: unknown, type: SerializedEventType): void {
    const schema = type.eventClass && domainEventOf(type.eventClass)?.schema;
    if (schema === undefined && this.validators.length === 0) return;
    const issues = [
      ...(schema === undefined ? [] : issuesOf(schema, event, type.name)),
      ...this.validators.flatMap((validator) => validator.validate(event, type)),
    ];
    if (issues.length > 0) throw new EventValidationError(type.name, issues);
  }
}

function issuesOf(schema: StandardSchema, event: unknown, name: string): ValidationIssue[] {
  const result = schema['~standard'].validate(event);
  if (result instanceof Promise || !('value' in result || 'issues' in result)) {
    if (result instanceof Promise) result.catch(() => undefined);
    throw new InvalidDefinitionError(`The schema of ${name}`, [
      'It validates asynchronously; events are validated synchronously, also where they are read.',
    ]);
  }
  return (result.issues ?? []).map((issue) => ({ path: pathOf(issue), message: issue.message }));
}

function pathOf({ path = [] }: StandardIssue): string {
  const keys = path.map((segment) => (typeof segment === 'object' ? segment.key : segment));
  return formatPath(keys.map((key) => (typeof key === 'number' ? key : String(key))));
}
