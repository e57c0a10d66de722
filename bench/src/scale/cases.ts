import { USUAL_SIZE, type EventSize } from './bookings.js';

/** One point of a curve: an operation, and what is scaled. Plain data, since it is sent to other processes. */
export interface Case {
  readonly id: string;
  readonly verb: 'load' | 'append' | 'update' | 'build';
  /** The bare SDK, the repository, or the repository with snapshots. */
  readonly by: 'bare' | 'repository' | 'snapshots';
  /** Id of the stream that is read or appended to. */
  readonly stream: string;
  /** Its events. */
  readonly length: number;
  readonly size: EventSize;
  /** How many aggregates updates go to, one after the other. */
  readonly aggregates?: number;
  readonly projections?: number;
}

/** Loads and appends of streams of each length. */
export function lengthCases(lengths: readonly number[]): { readonly loads: Case[]; readonly appends: Case[] } {
  const stream = (length: number) => `length-${length}`;
  const each = (verb: Case['verb'], by: Case['by'], length: number): Case => ({
    id: `${verb}-${by}-${length}`,
    verb,
    by,
    stream: stream(length),
    length,
    size: USUAL_SIZE,
  });
  return {
    loads: lengths.flatMap((length) => [each('load', 'repository', length), each('load', 'snapshots', length)]),
    appends: lengths.map((length) => each('append', 'repository', length)),
  };
}

const LOADED = 10;

/** Appends of one event and loads of ten, of each size; each beside the bare SDK. */
export function sizeCases(sizes: readonly number[]): readonly Case[] {
  return sizes.flatMap((bytes) =>
    (['words', 'random'] as const).flatMap((text) =>
      (['load', 'append'] as const).flatMap((verb) =>
        (['bare', 'repository'] as const).map((by): Case => ({
          id: `${verb}-${by}-${bytes}-${text}`,
          verb,
          by,
          stream: `size-${bytes}-${text}`,
          length: LOADED,
          size: { bytes, text },
        })),
      ),
    ),
  );
}

export function hotCases(counts: readonly number[]): readonly Case[] {
  return counts.map((aggregates): Case => ({
    id: `update-${aggregates}`,
    verb: 'update',
    by: 'repository',
    stream: `hot-${aggregates}`,
    length: 1,
    size: USUAL_SIZE,
    aggregates,
  }));
}

/** @param events Of the whole table that is read. */
export function buildCases(counts: readonly number[], events: number): readonly Case[] {
  return counts.map((projections): Case => ({
    id: `build-${projections}`,
    verb: 'build',
    by: 'repository',
    stream: 'built',
    length: events,
    size: USUAL_SIZE,
    projections,
  }));
}
