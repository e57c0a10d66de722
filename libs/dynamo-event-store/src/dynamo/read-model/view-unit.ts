import { InvalidArgumentError } from '../../errors/argument-errors.js';
import { viewKeyOf, type ViewDefinition, type ViewWriter, type WritableView } from '../../projection/view.js';
import type { ProgressStep } from '../../projection/progress-fence.js';
import type { SealedText, SealedViews } from './sealed-view.js';
import { decodeView, encodeView, withIncrements, type StoredView } from './view-item.js';
import { viewItemKey, type AnyView } from './view-schema.js';

/** What a step does to an item. */
export type ViewChange =
  | ({ readonly kind: 'put' } & SealedText)
  | { readonly kind: 'delete' }
  | { readonly kind: 'increment'; readonly by: Readonly<Record<string, number>>; readonly initial: string };

/** An item that a step has read or changed, or both. */
export interface TouchedView {
  readonly view: AnyView;
  readonly key: string;
  /** Its partition key in the table. */
  readonly itemKey: string;
  /** As it was read; absent when the step has not read it. */
  readonly read?: {
    readonly item: StoredView | undefined;
    /** Its text with the personal data that can be read. */
    readonly text?: string | undefined;
  };
  readonly change?: ViewChange;
}

/** Reads an item as it is before the step. */
export type LoadView = (view: AnyView, itemKey: string) => Promise<StoredView | undefined>;

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Buffered = Writable<TouchedView>;

/** The changes of one step, held back until its methods have run. Values are kept as text, so that nobody shares them. */
export class ViewUnit implements ViewWriter {
  private readonly buffer = new Map<string, Buffered>();
  private readonly loads = new Map<string, Promise<void>>();
  private running = 0;
  private finished = false;
  private isConfidential = false;
  private readonly erasures: ReturnType<SealedViews['watch']>;

  constructor(
    private readonly views: ReadonlyMap<string, AnyView>,
    private readonly step: ProgressStep,
    private readonly load: LoadView,
    private readonly sealing: SealedViews,
  ) {
    this.erasures = sealing.watch();
  }

  of<T extends object>(definition: ViewDefinition<T>): WritableView<T> {
    const view = this.views.get(definition.name);
    if (view === undefined)
      throw new InvalidArgumentError('view', `${definition.name} is not one of projection ${this.step.projection}.`);
    return {
      get: (key) => this.get<T>(view, key),
      put: (key, value) => {
        this.put(this.item(view, key), value);
      },
      delete: (key) => {
        this.item(view, key).change = { kind: 'delete' };
      },
      update: (key, change) => this.update(view, key, change),
      increment: (key, by, initial) => {
        this.increment(this.item(view, key), by, initial);
      },
    };
  }

  /** What is to be stored. Nothing can be changed from here on. */
  async finish(): Promise<readonly TouchedView[]> {
    if (this.running > 0)
      throw new InvalidArgumentError('view', 'a get or update was not awaited; its change would be lost.');
    this.finished = true;
    const items = [...this.buffer.values()];
    // Values of indexes may depend on the fields that are added to, so the item must be known.
    const indexed = items.filter(({ view, change }) => change?.kind === 'increment' && view.indexes.length > 0);
    await Promise.all(indexed.map((item) => this.read(item)));
    await Promise.all(items.map((item) => this.seal(item)));
    return items.map(withoutIdleChange);
  }

  /** Whether somebody was forgotten since the step began, so that what it has read or made may show that person. */
  async isOutdated(): Promise<boolean> {
    return this.isConfidential && (await this.erasures?.hasMoved()) === true;
  }

  private async seal(item: Buffered): Promise<void> {
    const { view, itemKey, change } = item;
    if (view.personal === undefined || change === undefined || change.kind === 'delete') return;
    const { tenant } = this.step.stream;
    if (change.kind === 'put') {
      const sealed = await this.sealing.seal(view, itemKey, tenant, change.text);
      if (sealed.text !== change.text) this.isConfidential = true;
      item.change = { kind: 'put', ...sealed };
    } else if (this.sealing.holdsPersonalData(view, itemKey, change.initial))
      throw new InvalidArgumentError('increment', `view ${view.name} holds personal data in a new item; use update.`);
  }

  private async get<T>(view: AnyView, key: string): Promise<T | undefined> {
    return this.whileRunning(async () => {
      const item = this.item(view, key);
      await this.known(item);
      return valueOf<T>(item);
    });
  }

  private async update<T extends object>(
    view: AnyView,
    key: string,
    change: (current: T | undefined) => T | undefined,
  ): Promise<void> {
    await this.whileRunning(async () => {
      const item = this.item(view, key);
      await this.known(item);
      const next = change(valueOf<T>(item));
      if (next === undefined) item.change = { kind: 'delete' };
      else this.put(item, next);
    });
  }

  private put(item: Buffered, value: unknown): void {
    item.change = { kind: 'put', text: encodeView(item.view, item.key, value) };
  }

  private increment(item: Buffered, by: Readonly<Record<string, unknown>>, initial: object): void {
    const { view, key, change } = item;
    if (view.keyedBy !== 'key')
      throw new InvalidArgumentError('increment', `view ${view.name} is keyed by stream; use update.`);
    const amounts = checkAmounts(view, by);
    const first = encodeView(view, key, initial);
    if (change?.kind === 'increment')
      item.change = { ...change, by: checkAmounts(view, addAmounts(change.by, amounts)) };
    else if (change === undefined && item.read === undefined)
      item.change = { kind: 'increment', by: amounts, initial: first };
    else item.change = { kind: 'put', text: withIncrements(textOf(item) ?? first, amounts) };
  }

  private item(view: AnyView, key: string): Buffered {
    if (this.finished)
      throw new InvalidArgumentError('view', `${view.name} was used after its step; await every call.`);
    if (view.keyedBy === 'stream' && key !== viewKeyOf(this.step.stream))
      throw new InvalidArgumentError(
        'key',
        `view ${view.name} is keyed by stream, so a step of ${viewKeyOf(this.step.stream)} cannot use item ${key}.`,
      );
    const itemKey = viewItemKey(view, this.step.generation, this.step.stream.tenant, key);
    const item: Buffered = this.buffer.get(itemKey) ?? { view, key, itemKey };
    this.buffer.set(itemKey, item);
    return item;
  }

  /** Reads the item unless the step has put or deleted it. */
  private async known(item: Buffered): Promise<void> {
    if (item.read === undefined && (item.change === undefined || item.change.kind === 'increment'))
      await this.read(item);
  }

  private read(item: Buffered): Promise<void> {
    const loading = this.loads.get(item.itemKey) ?? this.loadInto(item);
    this.loads.set(item.itemKey, loading);
    return loading;
  }

  private async loadInto(item: Buffered): Promise<void> {
    const stored = await this.load(item.view, item.itemKey);
    if (stored?.sealed !== undefined) this.isConfidential = true;
    const text = stored && (await this.sealing.open(item.view, item.itemKey, stored));
    item.read = { item: stored, text };
    const { change } = item;
    if (change?.kind === 'increment')
      item.change = { kind: 'put', text: withIncrements(text ?? change.initial, change.by) };
  }

  private async whileRunning<T>(run: () => Promise<T>): Promise<T> {
    this.running++;
    try {
      return await run();
    } finally {
      this.running--;
    }
  }
}

function valueOf<T>(item: TouchedView): T | undefined {
  const text = textOf(item);
  return text === undefined ? undefined : (decodeView(text) as T);
}

function textOf({ change, read }: TouchedView): string | undefined {
  if (change?.kind === 'put') return change.text;
  return change === undefined ? read?.text : undefined;
}

/** Storing what is stored already, or deleting what is not there, costs units and keeps other streams waiting. */
function withoutIdleChange(item: TouchedView): TouchedView {
  const { read, change, ...rest } = item;
  if (read === undefined || change === undefined || change.kind === 'increment') return item;
  const { text, sealed } = change.kind === 'put' ? change : {};
  return text === read.item?.text && sealed === read.item?.sealed ? { ...rest, read } : item;
}

function addAmounts(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sum = new Map(Object.entries(a));
  for (const [field, amount] of Object.entries(b)) sum.set(field, (sum.get(field) ?? 0) + amount);
  return Object.fromEntries(sum);
}

/** Fractions and larger numbers would come out differently in another order of additions. */
function checkAmounts(view: AnyView, by: Readonly<Record<string, unknown>>): Record<string, number> {
  const amounts = Object.entries(by).filter((entry): entry is [string, number] => entry[1] !== undefined);
  for (const [field, amount] of amounts)
    if (!Number.isSafeInteger(amount))
      throw new InvalidArgumentError(
        'increment',
        `${view.name}.${field} by ${amount}; must be a whole number below 2^53.`,
      );
  return Object.fromEntries(amounts);
}
