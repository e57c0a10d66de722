import { randomInt, randomUUID } from 'node:crypto';
import { PutItemCommand, TransactWriteItemsCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { InvalidArgumentError } from '../../errors/argument-errors.js';
import { ReadModelContendedError } from '../../errors/read-model-errors.js';
import type { FailedRequest } from '../../errors/request-errors.js';
import { describeStream } from '../../event/stream-id.js';
import { ProgressFence, type ProgressKey, type ProgressStep } from '../../projection/progress-fence.js';
import type { ViewWriter } from '../../projection/view.js';
import { watched } from '../attempts.js';
import type { DynamoRequests, Refusal } from '../dynamo-requests.js';
import { planOwnItem, planWithProgress, type FlushPlan } from './flush-plan.js';
import { readItem } from './item-reader.js';
import { checkIsOf, fromViewItem, isOf, type StoredView } from './view-item.js';
import { progressItemKey, VIEW, viewItemKey, type AnyView } from './view-schema.js';
import type { SealedViews } from './sealed-view.js';
import type { ViewCache } from './view-cache.js';
import { ViewUnit, type TouchedView } from './view-unit.js';

/** Tries of a step whose items other streams change in between. */
const MAX_ATTEMPTS = 20;

/** Range of the random revisions; increments count on from them. */
const MAX_REVISION = 2 ** 48 - 1;

export interface ViewFenceParts {
  readonly requests: DynamoRequests;
  readonly tableName: () => string;
  readonly cache: ViewCache;
  readonly sealing: SealedViews;
}

/** Stores the changes of a step and the progress of its stream in one request: both, or neither. */
export class ViewFence extends ProgressFence<ViewWriter> {
  override readonly isAtomic = true;
  private readonly views: ReadonlyMap<string, AnyView>;
  /** The view whose items are the progress of their streams, if there is one. */
  private readonly own: AnyView | undefined;

  /** @throws InvalidArgumentError No views, views of several projections, or two of one name. */
  constructor(
    views: readonly AnyView[],
    private readonly parts: ViewFenceParts,
  ) {
    super();
    const [first, ...more] = views;
    if (first === undefined) throw new InvalidArgumentError('views', 'are none.');
    const stranger = more.find(({ projection }) => projection !== first.projection);
    if (stranger !== undefined)
      throw new InvalidArgumentError(
        'views',
        `${stranger.name} is kept by projection ${stranger.projection}, ${first.name} by ${first.projection}.`,
      );
    this.views = new Map(views.map((view) => [view.name, view]));
    if (this.views.size < views.length) throw new InvalidArgumentError('views', 'two of them have the same name.');
    this.own = more.length === 0 && first.keyedBy === 'stream' ? first : undefined;
  }

  async applied(key: ProgressKey): Promise<number> {
    if (this.own !== undefined) return (await this.readOwn(this.own, key))?.version ?? 0;
    const request = this.describe('read progress', key);
    const item = await readItem(this.parts.requests, request, progressItemKey(key));
    return Number(item?.[VIEW.version]?.N ?? 0);
  }

  async advance(step: ProgressStep, work: (writer: ViewWriter) => Promise<void>): Promise<boolean> {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      if (attempt > 1) await this.parts.requests.pause(attempt);
      const unit = new ViewUnit(
        this.views,
        step,
        (view, itemKey) => this.load(view, step, itemKey),
        this.parts.sealing,
      );
      let touched: readonly TouchedView[];
      try {
        await work(unit);
        touched = await unit.finish();
      } catch (error) {
        // What fails on a state that is not the one before the step says nothing about its events.
        if (await this.hasMoved(step)) return false;
        throw error;
      }
      if (await unit.isOutdated()) continue;
      const outcome = await this.store(step, touched);
      if (outcome !== 'contended') return outcome === 'stored';
    }
    throw new ReadModelContendedError(step.projection, step.stream, MAX_ATTEMPTS);
  }

  /** When not even the progress can be read, the error at hand is told. */
  private async hasMoved(step: ProgressStep): Promise<boolean> {
    return (await this.applied(step).catch(() => step.from)) !== step.from;
  }

  private async load(view: AnyView, step: ProgressStep, itemKey: string): Promise<StoredView | undefined> {
    // A stream without progress has no items; if it has after all, the write is refused.
    if (view.keyedBy === 'stream' && step.from === 0) return undefined;
    if (view === this.own) {
      const cached = this.parts.cache.get(itemKey);
      return cached?.version === step.from ? cached : this.readOwn(view, step);
    }
    const item = await readItem(this.parts.requests, this.describe('read view', step), itemKey);
    const stored = item && fromViewItem(item);
    if (stored !== undefined && view.keyedBy === 'stream') checkIsOf(view, stored, step.stream, false);
    return stored;
  }

  /** The item of another aggregate with the same id is none of this stream; the write will be refused, and say so. */
  private async readOwn(view: AnyView, key: ProgressKey): Promise<StoredView | undefined> {
    const itemKey = ownItemKey(view, key);
    const item = await readItem(this.parts.requests, this.describe('read view', key), itemKey);
    const stored = item && fromViewItem(item);
    if (stored === undefined || !isOf(stored, key.stream, true)) return undefined;
    this.parts.cache.set(itemKey, stored);
    return stored;
  }

  private async store(step: ProgressStep, touched: readonly TouchedView[]): Promise<'stored' | 'moved' | 'contended'> {
    const table = this.parts.tableName();
    if (this.own === undefined) {
      const plan = planWithProgress(table, step, touched, randomInt(1, MAX_REVISION));
      const refusal = await this.send(plan, step);
      return refusal === undefined ? 'stored' : this.reasonOf(refusal, plan, step);
    }
    const [item] = touched;
    // What was made of another version must not be stored, even if the progress should come to `from` meanwhile.
    if (item?.read !== undefined && (item.read.item?.version ?? 0) !== step.from) return 'moved';
    const itemKey = ownItemKey(this.own, step);
    const before = item?.read?.item ?? this.parts.cache.get(itemKey);
    // Dropped first, so that it is not used again when the outcome remains unknown.
    this.parts.cache.drop(itemKey);
    const refusal = await this.send(planOwnItem(table, this.own, step, item), step);
    if (refusal !== undefined) {
      const obstacle = 'Item' in refusal ? refusal.Item : undefined;
      if (obstacle !== undefined) checkIsOf(this.own, fromViewItem(obstacle), step.stream, true);
      return 'moved';
    }
    const after = storedAfter(step, item, before);
    if (after !== undefined) this.parts.cache.set(itemKey, after);
    return 'stored';
  }

  private async send(plan: FlushPlan, step: ProgressStep): Promise<Refusal | undefined> {
    const request = this.describe('store step', step);
    // The same for all tries, so that one that was carried out without an answer is recognised.
    const ClientRequestToken = randomUUID();
    const answer = await this.parts.requests.sendConditional<unknown>(request, (client) => {
      if (plan.kind === 'put') return client.send(watched(new PutItemCommand(plan.input)));
      if (plan.kind === 'update') return client.send(watched(new UpdateItemCommand(plan.input)));
      return client.send(watched(new TransactWriteItemsCommand({ TransactItems: plan.actions, ClientRequestToken })));
    });
    return 'refusal' in answer ? answer.refusal : undefined;
  }

  /** The reasons of a transaction come one per action, in order. */
  private reasonOf(refusal: Refusal, plan: FlushPlan, { stream }: ProgressStep): 'moved' | 'contended' {
    const reasons = 'CancellationReasons' in refusal ? (refusal.CancellationReasons ?? []) : [];
    const [progress, ...others] = reasons;
    if (plan.kind !== 'transaction' || progress?.Code === 'ConditionalCheckFailed') return 'moved';
    for (const [index, { Item: obstacle }] of others.entries()) {
      const view = plan.touched[index]?.view;
      if (view?.keyedBy === 'stream' && obstacle !== undefined) checkIsOf(view, fromViewItem(obstacle), stream, false);
    }
    return 'contended';
  }

  private describe(operation: string, { stream }: ProgressKey): FailedRequest {
    return { operation, table: this.parts.tableName(), stream: describeStream(stream) };
  }
}

function ownItemKey(view: AnyView, { generation, stream }: ProgressKey): string {
  return viewItemKey(view, generation, stream.tenant, stream.id);
}

/** `undefined` when the step has left a value as it is that is not known. */
function storedAfter(
  { stream, from, to }: ProgressStep,
  touched: TouchedView | undefined,
  before: StoredView | undefined,
): StoredView | undefined {
  const known = { key: stream.id, version: to, revision: undefined, aggregate: stream.aggregate };
  const change = touched?.change;
  if (change?.kind === 'put') return { ...known, text: change.text, sealed: change.sealed };
  if (change !== undefined || from === 0) return { ...known, text: undefined };
  return before?.version === from ? { ...before, version: to } : undefined;
}
