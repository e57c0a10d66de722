import { describe, it } from '@jest/globals';
import { InMemoryEventStore } from '../in-memory-event-store.js';
import { eventStoreConformance } from './conformance-suite.js';

describe('the in-memory store keeps every rule of an EventStore', () => {
  for (const { name, run } of eventStoreConformance(() => new InMemoryEventStore())) it(name, run);
});
