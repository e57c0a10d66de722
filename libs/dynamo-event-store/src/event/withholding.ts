import { isEventError, withoutQuotes } from '../errors/event-errors.js';

/** What went wrong with an event that holds personal data is told without the words of others, which may quote it. */
export function withholding<T>(confidential: () => boolean, run: () => T, pathOf = (path: string): string => path): T {
  try {
    return run();
  } catch (error) {
    throw isEventError(error) && confidential() ? withoutQuotes(error, pathOf) : error;
  }
}
