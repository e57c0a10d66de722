/** What kept a simulated application from settling. */
export type SimulationErrorCode = 'NOT_RUNNING' | 'NOT_SETTLED';

/**
 * Thrown by `settled()` and `advance()`.
 *
 * | code | when |
 * |---|---|
 * | `NOT_RUNNING` | the module has no store, or the application is not initialised yet, or closed |
 * | `NOT_SETTLED` | projections, reactors or timers were still at work when the time was over |
 */
export class SimulationError extends Error {
  override readonly name = 'SimulationError';

  constructor(
    readonly code: SimulationErrorCode,
    message: string,
  ) {
    super(message);
  }
}
