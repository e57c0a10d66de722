import { getMetadataStorage, validateSync, type ValidationError, type ValidatorOptions } from 'class-validator';
import type { EventClass } from '../event/event-serializer.js';
import type { EventValidator, ValidationIssue } from '../event/event-validation.js';

/**
 * Validates events by the class-validator decorators of their classes, nested ones with `@ValidateNested()`. Classes without
 * such decorators pass, and so do events without a class. A plain object where `@ValidateNested()` expects one with rules does
 * not pass, since its rules cannot be found: use an instance of its class.
 *
 * @param options As class-validator takes them.
 */
export function classValidator(options: ValidatorOptions = {}): EventValidator {
  const settings = { ...options, validationError: { target: false, value: false } };
  return {
    validate: (event, { eventClass }) =>
      eventClass === undefined || typeof event !== 'object' || event === null || !hasRules(eventClass)
        ? []
        : validateSync(event, settings).flatMap((error) => issuesOf(error, '')),
  };
}

const UNKNOWN = 'has no rules of class-validator; where a class has them, use an instance of it';

/** Others would be refused as unknown. */
function hasRules(eventClass: EventClass): boolean {
  return getMetadataStorage().getTargetValidationMetadatas(eventClass, '', true, false).length > 0;
}

function issuesOf({ property, constraints = {}, children = [] }: ValidationError, parent: string): ValidationIssue[] {
  // What is refused as unknown has no property.
  const path = constraints['unknownValue'] === undefined ? pathTo(parent, property) : parent;
  const own = Object.entries(constraints).map(([name, message]) => ({
    path,
    message: name === 'unknownValue' ? UNKNOWN : message,
  }));
  return [...own, ...children.flatMap((child) => issuesOf(child, path))];
}

function pathTo(parent: string, property: string): string {
  if (/^\d+$/.test(property)) return `${parent}[${property}]`;
  return parent === '' ? property : `${parent}.${property}`;
}
