export { SnsPublisher, type SnsPublisherOptions } from './sns-publisher.js';
export type { EventIdentity, EventMessage, ReferenceMessage } from '../projection/publisher/message-of-event.js';
export type { ClaimCheck, MessageContext, PublisherOptions } from '../projection/publisher/publisher-options.js';
