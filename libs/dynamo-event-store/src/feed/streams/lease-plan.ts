import type { ControlRecord } from '../control-store.js';
import type { ShardRecord } from './shard-record.js';

export interface LeaseView {
  readonly shard: string;
  /** Instance that renews the lease; absent when it is free or abandoned. */
  readonly owner: string | undefined;
  /** Whether this instance has something to read there. */
  readonly hasWork: boolean;
}

/**
 * Which leases an instance is to take: all that are free, and when it still has less than its share, one of the instance
 * with most. One at a time, and only below the rounded share, so that shards do not go to and fro.
 */
export function planLeases(instance: string, leases: readonly LeaseView[]): string[] {
  const useful = leases.filter(({ hasWork, owner }) => hasWork || owner === instance);
  const free = useful.filter(({ owner }) => owner === undefined).map(({ shard }) => shard);
  const held = new Map<string, string[]>([[instance, []]]);
  for (const { shard, owner } of useful) if (owner !== undefined) held.set(owner, [...(held.get(owner) ?? []), shard]);
  const own = (held.get(instance)?.length ?? 0) + free.length;
  if (own >= Math.floor(useful.length / held.size)) return free;
  const [most = []] = [...held.values()].sort((a, b) => b.length - a.length);
  return [...free, ...most.slice(-1)];
}

/**
 * Tells leases that are renewed from abandoned ones by this instance's clock alone: a record that has not changed for so
 * long since it was first seen is abandoned.
 */
export class LeaseWatch {
  private seen = new Map<string, { readonly revision: number; readonly since: number }>();

  constructor(private readonly leaseMs: number) {}

  observe(records: readonly ControlRecord<ShardRecord>[], now: number): void {
    const before = this.seen;
    this.seen = new Map(
      records.map(({ id, revision }) => {
        const known = before.get(id);
        return [id, known?.revision === revision ? known : { revision, since: now }];
      }),
    );
  }

  isAbandoned(shard: string, now: number): boolean {
    const seen = this.seen.get(shard);
    return seen !== undefined && now - seen.since >= this.leaseMs;
  }

  /** ms until the first of these leases is abandoned if it is not renewed. */
  msToFirst(shards: readonly string[], now: number): number {
    return Math.min(...shards.map((shard) => (this.seen.get(shard)?.since ?? now) + this.leaseMs - now));
  }
}
