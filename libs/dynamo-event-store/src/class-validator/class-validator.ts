import { validateSync, type ValidationError, type ValidatorOptions } from 'class-validator';
import type { EventValidator, ValidationIssue } from '../event/event-validation.js';

/**
 * Validates events by the class-validator decorators of their classes, nested ones with `@ValidateNested()`. Classes without
 * such decorators pass, and so do events without a class.
 *
 * @param options As class-validator takes them; default: values of unknown shape are accepted, and what has no decorators is too.
 */
export function classValidator(options: ValidatorOptions = {}): EventValidator {
  const settings = { forbidUnknownValues: false, ...options, validationError: { target: false, value: false } };
  return {
    validate: (event, { eventClass }) =>
      eventClass === undefined || typeof event !== 'object' || event === null
        ? []
        : validateSync(event, settings).flatMap((error) => issuesOf(error, '')),
  };
}

function issuesOf({ property, constraints = {}, children = [] }: ValidationError, parent: string): ValidationIssue[] {
  const path = pathTo(parent, property);
  const own = Object.values(constraints).map((message) => ({ path, message }));
  return [...own, ...children.flatMap((child) => issuesOf(child, path))];
}

function pathTo(parent: string, property: string): string {
  if (/^\d+$/.test(property)) return `${parent}[${property}]`;
  return parent === '' ? property : `${parent}.${property}`;
}
