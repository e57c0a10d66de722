export { injectFaults } from './inject-faults.js';
export type { FaultOptions, FaultyClient } from './inject-faults.js';
export { KILLED, SimulatedProcess } from './simulated-process.js';
export type { ProcessClients } from './simulated-process.js';
export type { DetailedFault, Fault, FaultKind, FaultRates, FaultRecord, FaultRequest } from './fault.js';
export type { FaultChoice } from './fault-schedule.js';
export type { KeysOf } from './key-names.js';
