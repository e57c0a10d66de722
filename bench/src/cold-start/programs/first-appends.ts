import { report } from './report.js';

/** ms since the process began. */
export interface Moment {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** What a start found of its process. */
export interface StartFigures {
  /** Everything is imported and made; nothing was sent yet. */
  readonly ready: Moment;
  /** The first append is answered. */
  readonly first: Moment;
  /** So are the next ones. */
  readonly next: Moment;
}

export const NEXT = 20;

/** @param append Appends the event of a version, from 1, each to the same stream. */
export async function appendFirst(append: (version: number) => Promise<unknown>): Promise<void> {
  const ready = now();
  await append(1);
  const first = now();
  for (let version = 2; version < NEXT + 2; version++) await append(version);
  report({ ready, first, next: now() } satisfies StartFigures);
}

export function endpointOf(args: readonly string[]): string {
  const [endpoint] = args.slice(2);
  if (endpoint === undefined) throw new Error('The program takes the endpoint of an engine.');
  return endpoint;
}

export const TABLE = 'cold-start';

function now(): Moment {
  const { user, system } = process.cpuUsage();
  return { wallMs: performance.now(), cpuMs: (user + system) / 1_000 };
}
