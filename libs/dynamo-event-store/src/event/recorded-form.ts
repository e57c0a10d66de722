import { domainEventOf, type AnyClass } from '../metadata/metadata-storage.js';
import { PayloadCodec, type EventForm } from './payload-codec.js';
import { discreetPath } from './personal-fields.js';
import { PersonalSeparation } from './personal-separation.js';
import { withholding } from './withholding.js';

const DEFAULT = new PayloadCodec();

/** Codecs of stores with a serializer of their own, by the event classes registered with them. */
const byClass = new WeakMap<AnyClass, PayloadCodec>();
const forms = new WeakMap<object, EventForm>();

/** Makes aggregates record events of a class as a store with a serializer of its own stores them. */
export function serializeClassBy(eventClass: AnyClass, codec: PayloadCodec): void {
  byClass.set(eventClass, codec);
}

/**
 * An event in the form in which it will be stored. Throws `EventSerializationError` for what cannot be stored, with the path.
 * `undefined` for an object that is no event, which nothing can be said of.
 */
export function formOfEvent(event: object): EventForm | undefined {
  const { constructor: eventClass } = (Object.getPrototypeOf(event) ?? {}) as { readonly constructor?: AnyClass };
  const options = typeof eventClass === 'function' ? domainEventOf(eventClass) : undefined;
  if (eventClass === undefined || options === undefined) return undefined;
  const type = { name: options.name, schemaVersion: options.version ?? 1, eventClass };
  const codec = byClass.get(eventClass) ?? DEFAULT;
  return withholding(
    () => new PersonalSeparation(codec).isConfidential(event, type),
    () => codec.formOf(event, type),
    (path) => discreetPath(event, path),
  );
}

/** The event of a form as others see it; the store then takes the form, whatever becomes of the object. */
export function recordedEvent(form: EventForm): object {
  const { event } = form;
  forms.set(event, form);
  return event;
}

/** An event that an aggregate has recorded once more, for whoever may keep parts of it. */
export function freshEvent<E extends object>(event: E): E {
  const form = forms.get(event);
  return form === undefined ? event : (form.revive() as E);
}

/** The form of an event that an aggregate has recorded. */
export function recordedFormOf(event: object): EventForm | undefined {
  return forms.get(event);
}
