import { AsyncLocalStorage } from 'node:async_hooks';

/** What everything done for one request shares. */
export interface RequestContext {
  readonly correlationId: string;
}

export const requestContext = new AsyncLocalStorage<RequestContext>();
