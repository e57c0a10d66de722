import {
  AggregateRepository,
  DynamoEventStore,
  isEventStoreError,
  StoreThrottledError,
  StoreUnavailableError,
  type AggregateClass,
  type StreamHead,
  type StreamId,
} from 'nestjs-dynamo-event-store';
import {
  checkHistory,
  formatHistory,
  HistoryRecorder,
  injectFaults,
  KILLED,
  readFinalStreams,
  SimulatedProcess,
  streamsOf,
  withSdkRetries,
  type FaultChoice,
  type FaultyClient,
  type FinalStreams,
} from 'nestjs-dynamo-event-store/testing';
import { Entered, foldedState, Ledger, ledgerClass, scribbleOn, stateOf, type LedgerState } from './ledger.js';
import type { Plan, ProcessPlan, Step } from './plan.js';
import type { World } from './world.js';

export interface HistoryResult {
  readonly violations: readonly string[];
  readonly operations: number;
  readonly requests: number;
  /** Indexes of the requests that went wrong. */
  readonly faults: readonly number[];
  readonly text: string;
}

interface LoadedState {
  readonly id: string;
  readonly version: number;
  readonly state: LedgerState;
}

/** Who has died so often lives on without faults, so that every history ends. */
const MOST_LIVES = 6;

/** Runs a plan in a world, and checks what came of it. */
export async function runHistory(
  plan: Plan,
  world: World,
  choice: Pick<FaultChoice, 'only' | 'without'> = {},
): Promise<HistoryResult> {
  // Where the wire has the faults, only processes die here.
  const rates = world.observer === undefined ? plan.rates : { kill: plan.rates.kill ?? 0 };
  const faulty = injectFaults(world.client, { seed: plan.seed, rates, pause: world.pause, ...choice });
  const recorder = new HistoryRecorder({ run: plan.seed });
  const loaded: LoadedState[] = [];
  const unexpected: unknown[] = [];
  const actors = plan.processes.map((process) => new Actor(process, world, faulty, recorder, loaded, unexpected));
  const final = await world.finish(
    (async () => {
      await Promise.all(actors.map((actor) => actor.run()));
      faulty.stop();
      await faulty.settled();
      const store = new DynamoEventStore({
        client: world.observer ?? world.client,
        tableName: world.tableName,
        events: [Entered],
        clock: world.clock,
      });
      return readFinalStreams(store, streamsOf(recorder.records));
    })(),
  );
  const violations = checkHistory(recorder.records, final);
  return {
    violations: [
      ...violations.map(({ rule, message }) => `${rule}: ${message}`),
      ...wrongStates(loaded, final),
      ...unexpected.map((error) => `unexpected error: ${error instanceof Error ? error.stack : String(error)}`),
    ],
    operations: recorder.records.length,
    requests: faulty.log.length,
    faults: faulty.log.flatMap(({ index, fault, withoutEffect }) =>
      fault === undefined || withoutEffect ? [] : [index],
    ),
    text: [
      formatHistory(recorder.records, violations[0]),
      'Requests that went wrong:',
      ...faulty.log.flatMap(({ index, operation, process, fault, outcome }) =>
        fault === undefined ? [] : [`  ${index} ${process} ${operation}: ${JSON.stringify(fault)} -> ${outcome}`],
      ),
    ].join('\n'),
  };
}

/** Every state that a load gave must be the fold of the stream up to its version. */
function wrongStates(loaded: readonly LoadedState[], final: FinalStreams): string[] {
  return loaded.flatMap(({ id, version, state }) => {
    const { events = [] } = final.find(({ stream }) => stream.id === id) ?? {};
    const expected = JSON.stringify(foldedState(events, version));
    const found = JSON.stringify(state);
    return found === expected ? [] : [`state of ${id} at version ${version}: ${found} instead of ${expected}`];
  });
}

/** A process that goes through its steps, and through its deaths; its client repeats a keyed command until it is answered. */
class Actor {
  private readonly ledgers: AggregateClass<Ledger>;
  private life: Life;
  private lives = 0;

  constructor(
    private readonly plan: ProcessPlan,
    private readonly world: World,
    private readonly faulty: FaultyClient,
    private readonly recorder: HistoryRecorder,
    private readonly loaded: LoadedState[],
    private readonly unexpected: unknown[],
  ) {
    this.ledgers = ledgerClass(plan.snapshot);
    this.life = this.begin();
  }

  async run(): Promise<void> {
    for (const step of this.plan.steps) await this.carryOut(step);
    await this.life.process.run(() => this.life.repository.drain());
  }

  private async carryOut(step: Step): Promise<void> {
    const repeatable = 'key' in step && step.key !== undefined;
    for (let sending = 1; ; sending++) {
      const outcome = await this.life.process.run(() => this.attempt(step));
      if (outcome === KILLED) this.life = this.begin();
      const answered = outcome === 'done';
      if (answered || !repeatable || sending === 5) return;
    }
  }

  private begin(): Life {
    this.lives += 1;
    const { tableName, clock, backoff } = this.world;
    const source = this.lives > MOST_LIVES ? this.world.client : this.faulty;
    const process = new SimulatedProcess(source, `${this.plan.name}.${this.lives}`);
    const { sdkAttempts } = this.plan;
    const client =
      sdkAttempts === undefined
        ? process.client
        : withSdkRetries(process.client, { maxAttempts: sdkAttempts, pause: this.world.pause });
    const store = new DynamoEventStore({ client, tableName, events: [Entered], clock, backoff });
    const repository = new AggregateRepository(store, {
      cache: this.plan.cache,
      clock,
      backoff,
      onWarning: () => undefined,
    });
    return { process, store, repository };
  }

  /** What a step may fail with in a sound system: a refusal that the history explains, or a database that does not answer. */
  private async attempt(step: Step): Promise<'done' | 'unanswered'> {
    try {
      await this.perform(step, this.life);
      return 'done';
    } catch (error) {
      if (error instanceof StoreUnavailableError || error instanceof StoreThrottledError) return 'unanswered';
      const isRefusal = isEventStoreError(error) && ['CONCURRENCY', 'AGGREGATE_NOT_FOUND'].includes(error.code);
      if (!isRefusal) this.unexpected.push(error);
      return 'done';
    }
  }

  private async perform(step: Step, { process: { name = '' }, store, repository }: Life): Promise<void> {
    const { recorder, ledgers } = this;
    switch (step.kind) {
      case 'update': {
        const decide = (ledger: Ledger) => void enterAll(ledger, step.amounts);
        await recorder.write(
          name,
          target(step.id),
          (operationId) =>
            repository.update(ledgers, step.id, decide, {
              metadata: { operationId },
              idempotencyKey: step.key,
              attempts: 5,
            }),
          keyed(step),
        );
        return;
      }
      case 'create': {
        const ledger = enterAll(new ledgers(step.id), step.amounts);
        await recorder.write(
          name,
          { stream: target(step.id), expected: 0, events: step.amounts.length },
          (operationId) => repository.save(ledger, { metadata: { operationId }, idempotencyKey: step.key }),
          keyed(step),
        );
        return;
      }
      case 'save-loaded': {
        const ledger = await this.load(name, step.id, repository);
        const expected = ledger.version;
        await this.world.pause(step.pauseMs);
        enterAll(ledger, step.amounts);
        await recorder.write(name, { stream: target(step.id), expected, events: step.amounts.length }, (operationId) =>
          sendTwice(() => repository.save(ledger, { metadata: { operationId } })),
        );
        return;
      }
      case 'append':
        await this.append(step, name, store);
        return;
      case 'save-all':
        await this.saveAll(step, name, repository);
        return;
      case 'refused-update':
        await this.refusedUpdate(step.id, name, repository);
        return;
      case 'load': {
        const ledger = await this.load(name, step.id, repository);
        this.loaded.push({ id: step.id, version: ledger.version, state: stateOf(ledger) });
        scribbleOn(ledger);
        return;
      }
      case 'read':
        await recorder.read(name, target(step.id), async () => {
          const events = [];
          for await (const event of store.read(target(step.id), { order: step.order })) events.push(event);
          return step.order === 'forward' ? events : events.reverse();
        });
        return;
      case 'head':
        await recorder.read(name, target(step.id), () => store.head(target(step.id)));
    }
  }

  /** A refusal by the domain is as good as a read: it must rest on a state that the stream has during the command. */
  private async refusedUpdate(id: string, name: string, repository: AggregateRepository): Promise<void> {
    await this.recorder.read(name, target(id), async () => {
      let version = 0;
      const refuse = (ledger: Ledger): never => {
        version = ledger.version;
        throw new DomainRefusal();
      };
      await repository.update(this.ledgers, id, refuse).catch((error: unknown) => {
        if (!(error instanceof DomainRefusal)) throw error;
      });
      return version;
    });
  }

  private load(name: string, id: string, repository: AggregateRepository): Promise<Ledger> {
    return this.recorder.read(name, target(id), () => repository.load(this.ledgers, id));
  }

  private async append(
    { id: streamId, amounts, expected, fillerBytes }: Extract<Step, { kind: 'append' }>,
    name: string,
    store: DynamoEventStore,
  ): Promise<void> {
    const stream = target(streamId);
    const filler = fillerBytes === 0 ? undefined : noise(fillerBytes);
    const events = amounts.map((amount) => new Entered(amount, filler));
    const head = expected === 'any' ? undefined : await this.recorder.read(name, stream, () => store.head(stream));
    if (head?.version === 0 && expected !== 'head') return;
    const given = {
      any: 'any' as const,
      head: head ?? ('none' as const),
      version: head?.version ?? ('none' as const),
      stale: Math.max(1, (head?.version ?? 1) - 1),
    }[expected];
    const version = typeof given === 'object' ? given.version : typeof given === 'number' ? given : undefined;
    // Where it goes is not fixed for `any`, so only a key finds it again after other commits.
    const id = `${name}-${amounts[0] ?? 0}`;
    const identity = expected === 'any' ? { idempotencyKey: id } : { commitId: id };
    await this.recorder.write(
      name,
      { stream, events: events.length, ...(version === undefined ? {} : { expected: version }) },
      (operationId) =>
        sendTwice(() => store.append(stream, events, { expected: given, ...identity, metadata: { operationId } })),
    );
  }

  private async saveAll(
    { ids, unchanged, amount, key }: Extract<Step, { kind: 'save-all' }>,
    name: string,
    repository: AggregateRepository,
  ): Promise<void> {
    const find = async (id: string) =>
      (await this.recorder.read(name, target(id), () => repository.find(this.ledgers, id))) ?? new this.ledgers(id);
    const ledgers = await Promise.all(ids.map(find));
    const checked = unchanged === undefined ? [] : [await find(unchanged)];
    const targets = [...ledgers, ...checked].map((ledger, index) => ({
      stream: target(ledger.id),
      expected: ledger.version,
      events: index < ledgers.length ? 1 : 0,
    }));
    for (const ledger of ledgers) ledger.enter(amount);
    await this.recorder.write(
      name,
      targets,
      async (operationId) => {
        const save = () =>
          repository.saveAll(ledgers, { unchanged: checked, metadata: { operationId }, idempotencyKey: key });
        return [...(key === undefined ? await sendTwice(save) : await save())];
      },
      key === undefined ? {} : { key },
    );
  }
}

interface Life {
  readonly process: SimulatedProcess;
  readonly store: DynamoEventStore;
  readonly repository: AggregateRepository;
}

class DomainRefusal extends Error {}

function keyed({ key }: { readonly key: string | undefined }): { readonly key?: string } {
  return key === undefined ? {} : { key };
}

function target(id: string): StreamId {
  return { aggregate: 'ledger', id };
}

function enterAll(ledger: Ledger, amounts: readonly number[]): Ledger {
  for (const amount of amounts) ledger.enter(amount);
  return ledger;
}

/** What a caller does whose request had no answer: the same again, with the same commit id. */
async function sendTwice<T extends StreamHead | readonly StreamHead[]>(send: () => Promise<T>): Promise<T> {
  let first: unknown;
  try {
    return await send();
  } catch (error) {
    if (!isEventStoreError(error) || !error.retryable) throw error;
    first = error;
  }
  return send().catch((error: unknown) => {
    // That the second request was not carried out says nothing about the first one.
    throw error instanceof StoreThrottledError ? first : error;
  });
}

const noises = new Map<number, string>();

/** Text that hardly compresses; always the same. */
function noise(bytes: number): string {
  let text = noises.get(bytes);
  if (text !== undefined) return text;
  let seed = bytes;
  const next = (): number => (seed = (seed * 48_271) % 2_147_483_647);
  text = Array.from({ length: bytes }, () => String.fromCharCode(33 + (next() % 90))).join('');
  noises.set(bytes, text);
  return text;
}
