import type { RecordedEvent } from '../../event/recorded-event.js';

/** Field of the metadata that says which recorded operation wrote a commit. */
export const OPERATION_ID = 'operationId';

export function operationIdOf({ metadata }: RecordedEvent): string | undefined {
  const id = metadata[OPERATION_ID];
  return typeof id === 'string' ? id : undefined;
}
