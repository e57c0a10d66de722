import type { Engine } from './engine.js';

/** One holder's claim on an engine. */
export interface EngineLease {
  readonly engine: Engine;
  /** Gives the claim up; the last holder to do so stops the engine and waits for it. Calling it again does nothing more. */
  release(): Promise<void>;
}

interface SharedEngine {
  holders: number;
  readonly engine: Promise<Engine>;
}

/** Engines by key, each started once for all who hold it and stopped by the last of them. */
export class SharedEngines {
  readonly #running = new Map<string, SharedEngine>();
  readonly #stopping = new Map<string, Promise<void>>();

  async acquire(key: string, start: () => Promise<Engine>): Promise<EngineLease> {
    const shared = this.#running.get(key) ?? this.#start(key, start);
    shared.holders += 1;
    const engine = await shared.engine;
    let released: Promise<void> | undefined;
    return { engine, release: () => (released ??= this.#release(key, shared, engine)) };
  }

  #start(key: string, start: () => Promise<Engine>): SharedEngine {
    // A port or a folder is free again only when the engine before has gone.
    const before = this.#stopping.get(key);
    const shared: SharedEngine = { holders: 0, engine: before === undefined ? start() : before.then(start) };
    this.#running.set(key, shared);
    const forget = (): void => {
      this.#forget(key, shared);
    };
    // One that failed to start or ended by itself must not be handed to the next caller.
    shared.engine.then((engine) => engine.ended.then(forget), forget);
    return shared;
  }

  async #release(key: string, shared: SharedEngine, engine: Engine): Promise<void> {
    shared.holders -= 1;
    if (shared.holders > 0) return;
    this.#forget(key, shared);
    const stopped = engine.stop();
    const settled = stopped
      .catch(() => undefined)
      .finally(() => {
        if (this.#stopping.get(key) === settled) this.#stopping.delete(key);
      });
    this.#stopping.set(key, settled);
    await stopped;
  }

  #forget(key: string, shared: SharedEngine): void {
    if (this.#running.get(key) === shared) this.#running.delete(key);
  }
}
