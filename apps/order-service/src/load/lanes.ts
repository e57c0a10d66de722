import type { IncomingMessage } from 'node:http';
import { Lane, type LaneLimits } from './lane.js';

export type LaneName = 'commands' | 'queries' | 'long queries' | 'admin';

/**
 * Far fewer at once than the database client has connections (50), so that whatever runs finds one free. Commands get few:
 * they take more of the processor than queries, which must stay quick beside any number of them.
 */
const LIMITS: Readonly<Record<LaneName, LaneLimits>> = {
  commands: { running: 4, waiting: 64, waitMs: 5_000 },
  queries: { running: 16, waiting: 64, waitMs: 2_000 },
  'long queries': { running: 64, waiting: 64, waitMs: 2_000 },
  admin: { running: 4, waiting: 16, waitMs: 5_000 },
};

/** The lanes of one service: what waits in one does not keep the others waiting. */
export class Lanes {
  private readonly lanes: Readonly<Record<LaneName, Lane>>;

  constructor(limits: Readonly<Partial<Record<LaneName, LaneLimits>>> = {}) {
    const lane = (name: LaneName) => new Lane(limits[name] ?? LIMITS[name]);
    this.lanes = {
      commands: lane('commands'),
      queries: lane('queries'),
      'long queries': lane('long queries'),
      admin: lane('admin'),
    };
  }

  /** `undefined` for what is never kept waiting: health, and pages that need no database. */
  of(request: IncomingMessage): Lane | undefined {
    const name = laneOf(request);
    return name === undefined ? undefined : this.lanes[name];
  }
}

export function laneOf({ method, url = '/', headers }: IncomingMessage): LaneName | undefined {
  const [path = '/', query = ''] = url.split('?', 2);
  if (/^\/admin\//i.test(path)) return 'admin';
  if (!/^\/(orders|revenue)(\/|$)/i.test(path)) return undefined;
  if (method !== 'GET' && method !== 'HEAD') return 'commands';
  // These wait for a version to be shown, or for their client to take all of a history.
  const isLong = /(^|&)(minVersion|after)=/.test(query) || headers['x-min-version'] !== undefined;
  return isLong || /\/events\/?$/i.test(path) ? 'long queries' : 'queries';
}

/** The order that a command is for, as far as the request tells. */
export function orderOf({ url = '/', body }: IncomingMessage & { readonly body?: unknown }): string | undefined {
  const path = url.split('?', 1)[0] ?? '/';
  const named = /^\/orders\/([^/]+)/i.exec(path)?.[1];
  if (named !== undefined) return named;
  const { orderId } = (body ?? {}) as { readonly orderId?: unknown };
  return typeof orderId === 'string' ? orderId : undefined;
}
