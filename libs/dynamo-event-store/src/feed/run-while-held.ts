import type { Lease } from './lease.js';

/** In the life of a lease: renewals, or looks at that of another; and tries of a renewal that failed. */
const RENEWALS = 3;
const RETRIES = 10;

/**
 * Waits for the lease, runs the work under it, renews it meanwhile, and gives it up when the work has ended. The work's
 * signal is aborted when the lease is lost, cannot be renewed in time, or the outer signal is aborted; then the work
 * should end soon. After another instance has died, the work begins within twice `leaseMs`; an outage of half of `leaseMs`
 * does no harm.
 *
 * Rejects with what the work throws, or when the lease cannot be asked for.
 */
export async function runWhileHeld(
  lease: Lease,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  if (!(await acquire(lease, signal))) return;
  const lost = new AbortController();
  const ended = new AbortController();
  const watches = [renewUntil(ended.signal, lease, lost), watchUntil(ended.signal, lease, lost)];
  try {
    await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    ended.abort();
    await Promise.all(watches);
    // Not given up, it is abandoned: others wait a little longer.
    await lease.release().catch(() => undefined);
  }
}

async function acquire(lease: Lease, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await lease.tryAcquire()) return true;
    await lease.clock.sleep(lease.leaseMs / RENEWALS, signal);
  }
  return false;
}

async function renewUntil(ended: AbortSignal, lease: Lease, lost: AbortController): Promise<void> {
  const pause = (times: number) => lease.clock.sleep(lease.leaseMs / times, ended);
  await pause(RENEWALS);
  while (!ended.aborted && !lost.signal.aborted) {
    // A request that fails says nothing about the lease; when none gets through in time, the watch ends it.
    const held = await lease.renew().catch(() => undefined);
    if (held === false) lost.abort();
    else await pause(held === true ? RENEWALS : RETRIES);
  }
}

/** A renewal may hang, so the time is watched apart from it. */
async function watchUntil(ended: AbortSignal, lease: Lease, lost: AbortController): Promise<void> {
  while (!ended.aborted && !lost.signal.aborted) {
    if (lease.remainingMs <= 0) lost.abort();
    else await lease.clock.sleep(lease.remainingMs, ended);
  }
}
