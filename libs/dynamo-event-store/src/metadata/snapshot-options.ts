/** What has happened to an aggregate since its last snapshot. */
export interface SnapshotProgress {
  /** Version of the last stored event. */
  readonly version: number;
  /** Events that the last snapshot does not cover. */
  readonly events: number;
  /** Their size before compression, in bytes; commits of other processes count only once they have been read. */
  readonly bytes: number;
  /** Time of the last event that the last snapshot covers; without a snapshot, of the first event. */
  readonly since: Date | undefined;
  /** The aggregate at this version. Only to look at. */
  readonly aggregate: object;
}

/** Whether to take a snapshot now; asked after each save. */
export type SnapshotPolicy = (progress: SnapshotProgress) => boolean;

/** What `@Aggregate({ snapshot })` takes. Of several conditions, each suffices; combine others with `anyOf` and `allOf`. */
export interface SnapshotOptions {
  /** A snapshot after so many events: a whole number from 1. Also bounds what a load reads at once. */
  readonly every?: number;
  /** A snapshot after so many bytes of events, before compression: a whole number from 1. */
  readonly everyBytes?: number;
  /** A snapshot whenever this says so. */
  readonly when?: SnapshotPolicy;
  /**
   * Version of the state's shape: a whole number from 1. Default 1. Raise it whenever a field changes its meaning, or a
   * reducer or upcaster changes: snapshots of other versions, and of a class with other fields, are ignored and replaced.
   */
  readonly version?: number;
  /**
   * `background`: `save` does not wait for the snapshot. `await`: it does, for hosts that stop the process once the command
   * has been answered, such as AWS Lambda. Default `background`. A snapshot that fails never fails the save.
   */
  readonly write?: 'background' | 'await';
}

/** Every `events` events. */
export function everyEvents(events: number): SnapshotPolicy {
  return (progress) => progress.events >= events;
}

/** Every `bytes` bytes of events, before compression. */
export function everyBytes(bytes: number): SnapshotPolicy {
  return (progress) => progress.bytes >= bytes;
}

/** When one of the policies says so. */
export function anyOf(...policies: readonly SnapshotPolicy[]): SnapshotPolicy {
  return (progress) => policies.some((policy) => policy(progress));
}

/** When all of the policies say so. */
export function allOf(...policies: readonly SnapshotPolicy[]): SnapshotPolicy {
  return (progress) => policies.every((policy) => policy(progress));
}

/** The conditions of the options as one policy. */
export function policyOf({ every, everyBytes: bytes, when }: SnapshotOptions): SnapshotPolicy {
  return anyOf(
    ...(every === undefined ? [] : [everyEvents(every)]),
    ...(bytes === undefined ? [] : [everyBytes(bytes)]),
    ...(when === undefined ? [] : [when]),
  );
}
