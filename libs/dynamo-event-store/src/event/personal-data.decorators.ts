import { recordPersonalField, recordSubject, type PersonalDataOptions } from '../metadata/metadata-storage.js';

/**
 * Marks the field that holds the id of the person whom the `@PersonalData` fields of the object are about, such as a
 * customer number: text or a number. It is stored as it is, so it should not be personal itself. Objects inside the event
 * may have data subjects of their own; those without one share that of the object around them. On the class, the id of the
 * stream is the id of the person.
 */
export function DataSubject(): PropertyDecorator & ClassDecorator {
  return (target: object, field?: string | symbol) => {
    if (typeof target === 'function' && field === undefined) recordSubject(target, 'stream');
    else recordSubject(target.constructor, { field: nameOf('DataSubject', field) });
  };
}

/**
 * Marks a field of an event, or of an object in it, as personal data of its `@DataSubject`. Its value, whatever it holds,
 * is stored encrypted with a key of that person alone, and shows `fallback` once the person is forgotten.
 *
 * Needs the `personalData` option of the store. Objects inside an event need a class, known by `@Type`, for marks inside
 * them to count; mark the whole field otherwise. A field that is marked as a whole must not hold objects with another data
 * subject. What a getter or `@Transform` stores of it elsewhere in the event is refused unless it is marked as well.
 */
export function PersonalData(options: PersonalDataOptions): PropertyDecorator {
  return (target, field) => {
    recordPersonalField(target.constructor, nameOf('PersonalData', field), options);
  };
}

function nameOf(decorator: string, field: string | symbol | undefined): string {
  if (typeof field !== 'string') throw new TypeError(`@${decorator} marks fields that have a name.`);
  return field;
}
