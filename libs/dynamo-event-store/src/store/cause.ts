import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventMetadata } from '../event/event-metadata.js';

/** What work was led to by: the defaults of the commits that come of it. */
export interface Cause {
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
}

const causes = new AsyncLocalStorage<Cause>();

/** What of a record is its cause. */
export function causeOf({ correlationId, causationId }: Cause = {}): Pick<EventMetadata, keyof Cause> {
  return {
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(causationId === undefined ? {} : { causationId }),
  };
}

/** Runs work whose commits get these ids, unless their own metadata says others. */
export function runBecauseOf<T>(cause: Cause, work: () => T): T {
  return causes.run(cause, work);
}

/** What the work at hand was led to by; `undefined` outside of reactors and timers. */
export function currentCause(): Cause | undefined {
  return causes.getStore();
}

/** Metadata of a commit, with what its cause says where it says nothing itself. */
export function withCause<M extends EventMetadata | undefined>(metadata: M): M | EventMetadata {
  const cause = causes.getStore();
  if (cause === undefined) return metadata;
  return {
    ...metadata,
    ...causeOf({
      correlationId: metadata?.correlationId ?? cause.correlationId,
      causationId: metadata?.causationId ?? cause.causationId,
    }),
  };
}
