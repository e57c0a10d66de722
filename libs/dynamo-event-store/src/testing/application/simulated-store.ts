import { controlTableDefinition } from '../../dynamo/control-schema.js';
import { readModelTableDefinition } from '../../dynamo/read-model/view-schema.js';
import type { ReadSide } from '../../dynamo/read-side.js';
import type { StoreInUse } from '../../module/store-environment.js';
import { ControlTimers } from '../../projection/control-timers.js';
import type { SubscriptionStatus } from '../../projection/subscription-status.js';
import type { SimulatedDynamoDb } from '../simulation/simulated-dynamodb.js';
import type { SimulatedFeed } from './simulated-feed.js';
import { SimulationError } from './simulation-error.js';

/** One store of a simulated application, and what is at work on it. */
export class SimulatedStore {
  constructor(
    private readonly store: StoreInUse,
    private readonly feed: SimulatedFeed,
  ) {}

  /** Creates the tables that `createTable` of the module leaves out where it has no projections. */
  createTables(database: SimulatedDynamoDb): void {
    const { controlTable, readModelTable } = this.store.readSide;
    createUnlessThere(database, controlTable, controlTableDefinition(controlTable));
    createUnlessThere(database, readModelTable, readModelTableDefinition(readModelTable));
  }

  /**
   * Delivers what is stored, and looks at what is still to be done at an instant.
   * @throws SimulationError The application does not run.
   */
  async busyWith(now: number): Promise<string[]> {
    this.checkRunning();
    await this.store.drain();
    const { readSide } = this.store;
    if (readSide.isEmpty) return [];
    const busy = (await readSide.projections.statuses()).filter(isBuilding).map(({ name }) => `${name} is being built`);
    if (await this.feed.catchUp()) busy.push(...(await this.behind()));
    const due = await this.timersUntil(now);
    return due.length === 0 ? busy : [...busy, `${due.length} timers are due`];
  }

  /** Instants of timers up to one, without those that have failed: these are tried again, but nobody waits for them. */
  async freshTimersUntil(instant: number): Promise<number[]> {
    return (await this.timersUntil(instant)).flatMap(({ at, failures }) => (failures === 0 ? [at] : []));
  }

  private checkRunning(): void {
    if (!this.store.isRunning)
      throw new SimulationError(
        'NOT_RUNNING',
        'The application does not run: call settled() and advance() after init() or listen(), and before close().',
      );
  }

  private async behind(): Promise<string[]> {
    const lags = [...(await this.feed.lag())].filter(([, { pendingCommits }]) => pendingCommits > 0);
    if (lags.length === 0) return ['events were just delivered'];
    return lags.map(([key, { pendingCommits }]) => `${key} has ${pendingCommits} commits to take`);
  }

  private async timersUntil(instant: number): Promise<Awaited<ReturnType<ControlTimers['dueUntil']>>> {
    const { timers, callsTimers }: ReadSide = this.store.readSide;
    return callsTimers && timers instanceof ControlTimers ? timers.dueUntil(instant) : [];
  }
}

function isBuilding({ kind, paused, codeVersion, active, next }: SubscriptionStatus): boolean {
  if (paused) return false;
  const ours = [active, next].filter((each) => kind === 'reactor' || each?.version === codeVersion);
  return ours.some((each) => each?.build !== undefined && each.build.state !== 'paused');
}

function createUnlessThere(
  database: SimulatedDynamoDb,
  table: string,
  definition: Parameters<SimulatedDynamoDb['createTable']>[1],
): void {
  try {
    database.createTable(table, definition);
  } catch (error) {
    if ((error as Error).name !== 'ResourceInUseException') throw error;
  }
}
