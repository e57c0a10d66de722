/** Told of what was worked around, and cost something. */
export type WarningListener = (warning: Error) => void;

/** Where nobody listens. */
export function emitWarning(warning: Error): void {
  process.emitWarning(warning);
}
