import { EventSerializationError } from '../errors/event-errors.js';
import { DecoratedReader } from './decorated-reader.js';
import { DecoratedWriter } from './decorated-writer.js';
import type { EventSerializer, SerializedEventType } from './event-serializer.js';
import { isRecord, nameOfClass } from './value-kind.js';

/**
 * Default serializer: stores the fields of an event, and honours `@Type`, `@Transform`, `@Expose` and `@Exclude` of
 * class-transformer. It reads their metadata and applies them itself, since class-transformer loses values without a word: a
 * `Map` becomes an object, a `Set` an array, a nested class without `@Type` a plain object.
 *
 * What would not come back as what it was is refused with its path: an instance in a place where nothing says its class, an
 * instance that hides state, a value that a `@Transform` turns into another kind of value. What decorators change on purpose
 * is changed for everybody: the event is what it is read back as.
 *
 * Events, and nested classes under `@Type`, are made again without calling their constructors.
 */
export class ClassTransformerSerializer implements EventSerializer {
  serialize(event: unknown, type: SerializedEventType): unknown {
    if (type.eventClass === undefined || typeof event !== 'object' || event === null) return event;
    return new DecoratedWriter(type.name).write(event, type.eventClass);
  }

  deserialize(payload: unknown, type: SerializedEventType): unknown {
    if (type.eventClass === undefined) return payload;
    if (!isRecord(payload)) {
      const found = typeof payload === 'object' && payload !== null ? `a ${nameOfClass(payload)}` : String(payload);
      throw new EventSerializationError(
        type.name,
        '',
        `its payload is ${found}, so it cannot become an instance of its class. An upcaster returns a plain object, or an instance of the class.`,
      );
    }
    const hazard = Object.keys(payload).find((key) => key !== '__proto__' && key in Object.prototype);
    if (hazard !== undefined)
      throw new EventSerializationError(type.name, hazard, 'no instance of a class can have a property of that name.');
    return new DecoratedReader(type.name).read(payload, type.eventClass);
  }
}
