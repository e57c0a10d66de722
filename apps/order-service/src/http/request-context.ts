import { AsyncLocalStorage } from 'node:async_hooks';

/** What everything done for one request, or because of it, shares. */
export interface RequestContext {
  readonly correlationId: string;
  /** Id of the event that it is done for, if it is not for a request. */
  readonly causationId?: string;
}

export const requestContext = new AsyncLocalStorage<RequestContext>();
