import { CHANGED, RESERVATIONS, type AggregateClass, type AggregateRoot } from '../aggregate/aggregate-root.js';
import { netOf } from '../aggregate/pending-reservations.js';
import { ConcurrencyError } from '../errors/concurrency-error.js';
import { AggregateNotFoundError, CommitIdReusedError } from '../errors/store-errors.js';
import type { StreamId } from '../event/stream-id.js';
import type { Backoff } from '../store/backoff.js';
import type { CommandIdentity, EventStore, StoredCommand } from '../store/event-store.js';
import { eventsOfWinner } from '../store/conflicts.js';
import type { StreamHead } from '../store/stream-head.js';
import type { AggregateLoader } from './aggregate-loader.js';
import type { Replica } from './replica.js';
import type { UpdateOptions } from './repository-options.js';
import { track, trackingOf } from './tracked-aggregate.js';
import { versionMismatch } from './version-mismatch.js';

/** Decides on an aggregate by calling its methods. May run several times; must have no effect elsewhere. */
export type Decision<A extends AggregateRoot> = (aggregate: A) => void | Promise<void>;

export interface UpdateParts {
  readonly store: EventStore;
  readonly loader: AggregateLoader;
  readonly backoff: Backoff;
  save(aggregate: AggregateRoot, options: UpdateOptions): Promise<StreamHead>;
}

/** A state to decide on, and whether the stream was seen to be there just now. */
interface Basis<A extends AggregateRoot> {
  readonly replica: Replica<A>;
  readonly verified: boolean;
}

/** What came of one decision; `unproved`: nothing that an append would have proved. */
type Outcome = { readonly head: StreamHead } | { readonly conflict: ConcurrencyError } | 'unproved';

/**
 * One command on one aggregate: decide on the state, save, and on a conflict decide again.
 *
 * A cached state may be decided on without a read, since the append proves it. What leads to no append proves nothing: then
 * the stream is read first, and the decision made again.
 */
export class UpdateCommand<A extends AggregateRoot> {
  constructor(
    private readonly parts: UpdateParts,
    private readonly aggregateClass: AggregateClass<A>,
    private readonly stream: StreamId,
    private readonly decide: Decision<A>,
    private readonly options: UpdateOptions,
  ) {}

  async run(attempts: number): Promise<StreamHead> {
    const cached = await this.parts.loader.cached(this.aggregateClass, this.stream);
    let basis = cached === undefined ? await this.read() : { replica: cached, verified: false };
    for (let attempt = 1; ;) {
      const outcome = await this.attempt(basis);
      if (outcome === 'unproved') {
        basis = await this.read();
        continue;
      }
      if ('head' in outcome) return outcome.head;
      if (attempt >= attempts) throw outcome.conflict;
      await this.parts.backoff(attempt);
      basis = await this.after(outcome.conflict, basis, attempt);
      attempt += 1;
    }
  }

  private async attempt(basis: Basis<A>): Promise<Outcome> {
    const aggregate = await this.takeOut(basis.replica);
    const refusal = await this.tryDecide(aggregate);
    if (refusal !== undefined || !aggregate[CHANGED])
      return basis.verified ? { head: await this.withoutAppend(aggregate, refusal) } : 'unproved';
    try {
      return { head: await this.parts.save(aggregate, this.options) };
    } catch (error) {
      if (error instanceof CommitIdReusedError && this.options.idempotencyKey !== undefined)
        return { head: await this.firstResult(error) };
      if (error instanceof ConcurrencyError) return { conflict: error };
      throw error;
    }
  }

  /** What the decision threw, wrapped; `undefined` when it was made. */
  private async tryDecide(aggregate: A): Promise<{ readonly error: unknown } | undefined> {
    try {
      if (aggregate.version === 0) throw new AggregateNotFoundError(this.stream);
      const mismatch = versionMismatch(this.stream, aggregate, this.options.expectedVersion);
      if (mismatch !== undefined) throw mismatch;
      await this.decide(aggregate);
      return undefined;
    } catch (error) {
      return { error };
    }
  }

  /** Nothing is to be stored; but a repeated command, which finds its own effect, is answered as the first time. */
  private async withoutAppend(aggregate: A, refusal: { readonly error: unknown } | undefined): Promise<StreamHead> {
    const stored = await this.storedCommand();
    if (stored !== undefined) return this.firstResult(refusal?.error, stored);
    if (refusal !== undefined) throw refusal.error;
    return trackingOf(aggregate).head ?? { stream: this.stream, version: aggregate.version };
  }

  /**
   * The head of the first time. Without fingerprints the command is run again on the state that it was decided on then:
   * it is the same one if it comes to the same events.
   */
  private async firstResult(failure: unknown, known?: StoredCommand): Promise<StreamHead> {
    const stored = known ?? (await this.storedCommand());
    if (stored === undefined) throw failure;
    const same = stored.sameFingerprint ?? (await this.comesToTheSame(stored));
    if (same) return stored.head;
    const { idempotencyKey = '' } = this.options;
    throw failure instanceof CommitIdReusedError
      ? failure
      : new CommitIdReusedError(this.stream, '', stored.decidedOn + 1, idempotencyKey);
  }

  private async comesToTheSame(stored: StoredCommand): Promise<boolean> {
    const past = await this.parts.loader.loadPast(this.aggregateClass, this.stream, { to: stored.decidedOn });
    const aggregate = past.giveAway();
    try {
      await this.decide(aggregate);
    } catch {
      return false;
    }
    const events = aggregate.getUncommittedEvents();
    return events.length > 0 && (await stored.holds(events, netOf(aggregate[RESERVATIONS])));
  }

  private async storedCommand(): Promise<StoredCommand | undefined> {
    const { idempotencyKey, fingerprint } = this.options;
    if (idempotencyKey === undefined) return undefined;
    const identity: CommandIdentity & { readonly idempotencyKey: string } = { idempotencyKey, fingerprint };
    return this.parts.store.storedCommand(this.stream, identity);
  }

  /**
   * The state to decide on next. The commit that won came with the refusal: where it follows on the state, nothing needs to
   * be read. Whoever loses twice in a row is far behind, and reads what is missing at once.
   */
  private async after(conflict: ConcurrencyError, { replica, verified }: Basis<A>, attempt: number): Promise<Basis<A>> {
    const [{ winner, head } = { winner: [], head: undefined }] = conflict.conflicts;
    const follows = attempt % 2 === 1 && head !== undefined && head.version === winner.at(-1)?.version;
    if (!follows) return this.read();
    const isThere = replica.shared && replica.version >= head.version;
    return isThere || replica.advance(eventsOfWinner(winner), head, { keys: this.parts.store.commitFacts(head).keys })
      ? { replica, verified }
      : this.read();
  }

  private async read(): Promise<Basis<A>> {
    return { replica: await this.parts.loader.load(this.aggregateClass, this.stream), verified: true };
  }

  private async takeOut(from: Replica<A>): Promise<A> {
    return track(await this.parts.loader.takeOut(from, this.stream), this.stream);
  }
}
