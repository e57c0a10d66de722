import type { StreamId } from '../../event/stream-id.js';
import type {
  AppendOptions,
  EventStore,
  ExpectedVersion,
  ReadRange,
  StreamAppend,
  StreamCheck,
} from '../../store/event-store.js';
import type { EventSequence } from '../../store/event-sequence.js';
import type { StreamHead } from '../../store/stream-head.js';
import type { StateReading } from '../../store/state-reading.js';
import type { WriteTarget } from './history-record.js';
import type { EndOfRead, HistoryRecorder } from './history-recorder.js';
import { OPERATION_ID } from './operation-id.js';
import { RecordedSequence } from './recorded-sequence.js';

export interface RecordStoreOptions {
  /** Consistency of reads that do not ask for one; as the store is configured. Default `strong`. */
  readonly consistency?: 'strong' | 'eventual' | undefined;
}

type RecordedVerbs = Pick<EventStore, 'append' | 'appendAll' | 'read' | 'readState' | 'head'>;

/**
 * The same store with every `append`, `appendAll`, `read`, `readState` and `head` recorded, for one process; each process
 * gets a wrapper of its own. Appends get the operation id into their metadata; one that brings an `operationId` is left to
 * whoever gave it. All else goes to the store as it is.
 */
export function recordStore<S extends EventStore>(
  store: S,
  recorder: HistoryRecorder,
  process: string,
  { consistency = 'strong' }: RecordStoreOptions = {},
): S {
  const verbs = {
    ...recordedWrites(store, recorder, process),
    ...recordedReads(store, recorder, process, consistency),
  };
  return new Proxy(store, {
    get(target, property) {
      if (Object.hasOwn(verbs, property)) return verbs[property as keyof RecordedVerbs];
      const value: unknown = Reflect.get(target, property, target);
      // Bound, so that what the store does within itself is not recorded, and its private fields are found.
      return typeof value === 'function' && property !== 'constructor' ? (value.bind(target) as unknown) : value;
    },
  });
}

function recordedWrites(
  store: EventStore,
  recorder: HistoryRecorder,
  process: string,
): Pick<RecordedVerbs, 'append' | 'appendAll'> {
  return {
    async append(stream, events, options) {
      if (namesOperation(options)) return store.append(stream, events, options);
      const append = (id: string) => store.append(stream, events, withOperation(options, id));
      return recorder.write(process, targetOf({ ...options, stream, events }), append, { key: keyOf([options]) });
    },
    async appendAll(appends) {
      if (appends.length === 0 || appends.some(namesOperation)) return store.appendAll(appends);
      const append = (id: string) =>
        store.appendAll(appends.map((part) => (part.events === undefined ? part : withOperation(part, id))));
      return recorder.write(process, appends.map(targetOf), append, { key: keyOf(appends) });
    },
  };
}

function recordedReads(
  store: EventStore,
  recorder: HistoryRecorder,
  process: string,
  consistency: 'strong' | 'eventual',
): Pick<RecordedVerbs, 'read' | 'readState' | 'head'> {
  return {
    read: <E>(stream: StreamId, range: ReadRange = {}): EventSequence<E> => {
      const begin = () => recorder.beginRead(process, stream, range.consistency ?? consistency);
      return new RecordedSequence(store.read<E>(stream, range), range, begin);
    },
    async readState(stream, query) {
      const end = recorder.beginRead(process, stream, 'strong');
      try {
        const reading = await store.readState(stream, query);
        const from = baseVersion(reading, query.after?.version) + 1;
        const endState: EndOfRead = (seen) => {
          const version = seen.toEnd ? (seen.events.at(-1)?.version ?? from - 1) : undefined;
          end({ ...seen, version, source: 'state' });
        };
        return { ...reading, events: new RecordedSequence(reading.events, { from }, () => endState) };
      } catch (error) {
        end({ from: 1, events: [], toEnd: false, source: 'state', error });
        throw error;
      }
    },
    head: (stream) => recorder.read(process, stream, () => store.head(stream)),
  };
}

/** Version of the state that the events are to be folded onto. */
function baseVersion({ base, snapshot }: StateReading, after = 0): number {
  return base === 'after' ? after : (snapshot?.version ?? 0);
}

function namesOperation({ metadata }: Partial<AppendOptions>): boolean {
  return typeof metadata?.[OPERATION_ID] === 'string';
}

function withOperation<T extends AppendOptions>(options: T, id: string): T {
  return { ...options, metadata: { ...options.metadata, [OPERATION_ID]: id } };
}

function targetOf({ stream, events, expected }: StreamAppend | StreamCheck): WriteTarget {
  return { stream, events: events?.length ?? 0, expected: versionOf(expected) };
}

/** What stays the same when an append is sent again. */
function keyOf(appends: readonly Partial<AppendOptions>[]): string | undefined {
  const ids = appends
    .map(({ idempotencyKey, commitId }) => idempotencyKey ?? commitId)
    .filter((id) => id !== undefined);
  return ids.length === 0 ? undefined : ids.join(' ');
}

function versionOf(expected: ExpectedVersion): number | undefined {
  if (expected === 'any') return undefined;
  if (expected === 'none') return 0;
  // Callers without types pass anything, and get the store's own error for it.
  return typeof expected === 'number' ? expected : (expected as StreamHead | undefined)?.version;
}
