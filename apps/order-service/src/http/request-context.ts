import { AsyncLocalStorage } from 'node:async_hooks';

/** What everything done for one request, or because of it, shares. */
export interface RequestContext {
  readonly correlationId: string;
  /** Id of the event that it is done for, if it is not for a request. */
  readonly causationId?: string;
  /** Aborted when the client has hung up before its answer was out. */
  readonly clientGone?: AbortSignal;
}

export const requestContext = new AsyncLocalStorage<RequestContext>();

/** What is recorded with each event. */
export function eventMetadata(): { readonly correlationId?: string; readonly causationId?: string } {
  const { correlationId, causationId } = requestContext.getStore() ?? {};
  return {
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(causationId === undefined ? {} : { causationId }),
  };
}
