/**
 * Runs something that Ctrl-C and SIGTERM ask to stop. A second Ctrl-C ends the process at once, which loses nothing
 * either: it only takes longer to go on.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(1);
    process.stderr.write('\nStopping.\n');
    controller.abort(new Error('stopped'));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
