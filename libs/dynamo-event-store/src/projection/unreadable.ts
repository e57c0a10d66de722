import { isEventError } from '../errors/event-errors.js';
import { StreamCorruptedError } from '../errors/store-errors.js';

/** Says at which version it was, if that is known. */
export type UnreadableError = Error & { readonly version?: number | undefined };

/** What is stored cannot be read for good, such as an unknown type of event; a failed request is none of these. */
export function isUnreadable(error: unknown): error is UnreadableError {
  return isEventError(error) || error instanceof StreamCorruptedError;
}

/** Ends at what cannot be read; a failed request passes through. */
export async function* untilUnreadable<T>(
  items: AsyncIterable<T>,
  onError: (error: UnreadableError) => void,
): AsyncGenerator<T, void, undefined> {
  try {
    yield* items;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    onError(error);
  }
}
