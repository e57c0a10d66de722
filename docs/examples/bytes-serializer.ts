import { deserialize, serialize } from 'node:v8';
import { DynamoEventStoreModule, type EventSerializer } from 'nestjs-dynamo-event-store';

// #region serializer
// The structured clone format of V8, which keeps Map, Set, Date and bigint by itself.
export const bytesSerializer: EventSerializer = {
  serialize: (event) => serialize({ ...(event as object) }),
  deserialize: (payload, { eventClass }) => {
    const fields = deserialize(payload as Uint8Array) as object;
    // Without a class: an event that is read as it is stored.
    if (eventClass === undefined) return fields;
    return Object.assign(Object.create(eventClass.prototype as object) as object, fields);
  },
};

export const module = DynamoEventStoreModule.forRoot({ tableName: 'events', serializer: bytesSerializer });
// #endregion
