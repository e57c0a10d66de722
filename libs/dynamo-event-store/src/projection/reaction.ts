/** Third argument of a reactor's methods, unless it has views. */
export interface Reaction {
  /** Whether this event was delivered before and is being replayed on request. */
  readonly replay: boolean;
}
