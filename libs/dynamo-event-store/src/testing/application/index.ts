export { simulateEventStore, type EventStoreSimulation } from './simulate-event-store.js';
export type { SettleOptions, SimulationOptions, TestModuleBuilder } from './simulate-event-store.js';
export type { Duration } from './duration.js';
export type { SimulatedClock } from './simulated-clock.js';
export { SimulationError, type SimulationErrorCode } from './simulation-error.js';
