import type {
  ControlRange,
  ControlRecord,
  ControlStore,
} from '../../libs/dynamo-event-store/src/feed/control-store.js';

interface Stored {
  readonly text: string;
  readonly revision: number;
}

/** Control records in memory; several processes share them by sharing the object. */
export class MemoryControl implements ControlStore {
  /** Called before each request; what it throws is what the request fails with. */
  before: (operation: 'get' | 'list' | 'put' | 'delete', partition: string, id?: string) => void | Promise<void> = () =>
    undefined;
  readonly requests: string[] = [];
  private readonly records = new Map<string, Stored>();

  async get<T>(partition: string, id: string): Promise<ControlRecord<T> | undefined> {
    await this.enter('get', partition, id);
    const stored = this.records.get(keyOf(partition, id));
    return stored && recordOf<T>(id, stored);
  }

  async list<T>(partition: string, { from = '', to, limit }: ControlRange = {}): Promise<ControlRecord<T>[]> {
    await this.enter('list', partition);
    return [...this.records]
      .map(([key, stored]) => ({ key: JSON.parse(key) as [string, string], stored }))
      .filter(({ key: [own, id] }) => own === partition && id >= from && (to === undefined || id <= to))
      .sort((a, b) => (a.key[1] < b.key[1] ? -1 : 1))
      .slice(0, limit)
      .map(({ key: [, id], stored }) => recordOf<T>(id, stored));
  }

  async put<T>(partition: string, id: string, value: T, expected: number, revision = expected + 1): Promise<boolean> {
    await this.enter('put', partition, id);
    if ((this.records.get(keyOf(partition, id))?.revision ?? 0) !== expected) return false;
    this.records.set(keyOf(partition, id), { text: JSON.stringify(value), revision });
    return true;
  }

  async delete(partition: string, id: string, expected: number): Promise<boolean> {
    await this.enter('delete', partition, id);
    if (this.records.get(keyOf(partition, id))?.revision !== expected) return false;
    return this.records.delete(keyOf(partition, id));
  }

  /** Ids of what is there. */
  ids(partition: string): string[] {
    return [...this.records.keys()]
      .map((key) => JSON.parse(key) as [string, string])
      .flatMap(([own, id]) => (own === partition ? [id] : []));
  }

  private async enter(operation: 'get' | 'list' | 'put' | 'delete', partition: string, id?: string): Promise<void> {
    this.requests.push(`${operation} ${partition}`);
    // As over a network, nothing is answered at once.
    await Promise.resolve();
    await this.before(operation, partition, id);
  }
}

function keyOf(partition: string, id: string): string {
  return JSON.stringify([partition, id]);
}

function recordOf<T>(id: string, { text, revision }: Stored): ControlRecord<T> {
  return { id, value: JSON.parse(text) as T, revision };
}
