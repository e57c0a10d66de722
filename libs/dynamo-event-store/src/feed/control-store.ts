/** A record with the number of its state. */
export interface ControlRecord<T> {
  readonly id: string;
  readonly value: T;
  /** Grows with each change; 0 stands for no record. */
  readonly revision: number;
}

export interface ControlRange {
  /** Only ids from this one on, inclusive. */
  readonly from?: string | undefined;
  /** Only ids up to this one, inclusive. */
  readonly to?: string | undefined;
  readonly limit?: number | undefined;
}

/**
 * Small records that the instances of a service share: progress, leases, what is parked or due. Every change is
 * conditional on the record's revision, so of two instances that change one, one is told. Reads are strongly consistent.
 */
export interface ControlStore {
  get<T>(partition: string, id: string): Promise<ControlRecord<T> | undefined>;
  /** All records of a partition by id, page after page. */
  list<T>(partition: string, range?: ControlRange): Promise<ControlRecord<T>[]>;
  /**
   * Stores the record if it has this revision; 0: if there is none.
   * @param revision The new one, greater than `expected`. Default: the next.
   * @returns Whether it was stored.
   */
  put<T>(partition: string, id: string, value: T, expected: number, revision?: number): Promise<boolean>;
  /** Deletes the record if it has this revision. @returns Whether it is gone by this call. */
  delete(partition: string, id: string, expected: number): Promise<boolean>;
}

/**
 * Reads, changes and stores until nobody else came in between. `change` returns `undefined` to leave the record.
 * @returns The record as it is then; `undefined` when there is none.
 */
export async function updateRecord<T>(
  store: ControlStore,
  partition: string,
  id: string,
  change: (current: T | undefined) => T | undefined,
): Promise<T | undefined> {
  for (;;) {
    const record = await store.get<T>(partition, id);
    const next = change(record?.value);
    if (next === undefined) return record?.value;
    if (await store.put(partition, id, next, record?.revision ?? 0)) return next;
  }
}
