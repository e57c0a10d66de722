/** Told of what was worked around, and cost something. */
export type WarningListener = (warning: Error) => void;

/** Where nobody listens. */
export function emitWarning(warning: Error): void {
  try {
    process.emitWarning(warning);
  } catch {
    // Node takes errors of its own realm only, and Jest runs each test file in another one.
    process.emitWarning(warning.message, { type: warning.name });
  }
}
