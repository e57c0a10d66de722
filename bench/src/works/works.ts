/** What is measured. One operation of a work is one call of what its title says. */
export interface Work {
  readonly id: WorkId;
  readonly title: string;
  readonly kind: 'append' | 'load' | 'load-packed' | 'load-snapshot' | 'update' | 'conflict' | 'save-all' | 'catch-up';
  /** Events of an append, a load or a catch-up; streams of a `save-all`. */
  readonly size: number;
  readonly inFlight: number;
  /** The floor's work that ratios are taken to, where it is not this one. */
  readonly base?: WorkId;
}

export const WORK_IDS = [
  'append-1',
  'append-1-x32',
  'append-10',
  'append-100',
  'load-10',
  'load-100',
  'load-1000',
  'load-1000-packed',
  'load-5000',
  'load-snapshot',
  'update',
  'conflict',
  'save-all-5',
  'catch-up',
] as const;

export type WorkId = (typeof WORK_IDS)[number];

/** Events of the stream of `load-snapshot`, and version of its snapshot. */
export const SNAPSHOT_STREAM = { events: 110, snapshotAt: 100 } as const;
/** Events per commit of `load-1000-packed`, and of what a catch-up reads. */
export const PACK = 10;

const load = (size: number, name: string): Work => ({
  id: `load-${size}` as WorkId,
  title: `load ${name} events`,
  kind: 'load',
  size,
  inFlight: 1,
});

/** @param catchUpEvents Events of the catch-up; it is by far the longest work. */
export function allWorks(catchUpEvents: number): readonly Work[] {
  return [
    { id: 'append-1', title: 'append 1 event', kind: 'append', size: 1, inFlight: 1 },
    { id: 'append-1-x32', title: 'append 1 event, 32 in flight', kind: 'append', size: 1, inFlight: 32 },
    { id: 'append-10', title: 'append 10 events', kind: 'append', size: 10, inFlight: 1 },
    { id: 'append-100', title: 'append 100 events', kind: 'append', size: 100, inFlight: 1 },
    load(10, '10'),
    load(100, '100'),
    load(1_000, '1,000'),
    {
      id: 'load-1000-packed',
      title: 'load 1,000 events in commits of 10',
      kind: 'load-packed',
      size: 1_000,
      inFlight: 1,
      base: 'load-1000',
    },
    load(5_000, '5,000'),
    { id: 'load-snapshot', title: 'load 110 events, snapshot at 100', kind: 'load-snapshot', size: 110, inFlight: 1 },
    { id: 'update', title: 'warm update', kind: 'update', size: 1, inFlight: 1 },
    { id: 'conflict', title: 'append, lose the race, append again', kind: 'conflict', size: 1, inFlight: 1 },
    { id: 'save-all-5', title: 'append to 5 streams atomically', kind: 'save-all', size: 5, inFlight: 1 },
    {
      id: 'catch-up',
      title: `projection over ${catchUpEvents.toLocaleString('en')} events`,
      kind: 'catch-up',
      size: catchUpEvents,
      inFlight: 1,
    },
  ];
}
