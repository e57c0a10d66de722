import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { portTaken, startFailed } from './local-dynamodb-errors.js';
import type { LocalDynamoDbError } from './local-dynamodb-errors.js';

export const LOOPBACK = '127.0.0.1';

/** A port that was free a moment ago; another process can still be quicker to take it. */
export function findFreePort(): Promise<number> {
  return listenOnce(0, LOOPBACK);
}

/**
 * Checks both the loopback address and all addresses, because some systems let one process listen on each.
 *
 * @throws LocalDynamoDbError `PORT_TAKEN`, or `START_FAILED` when the system refuses the port
 */
export async function assertPortFree(port: number): Promise<void> {
  for (const host of [LOOPBACK, undefined]) {
    try {
      await listenOnce(port, host);
    } catch (error) {
      throw listenError(error, port);
    }
  }
}

/** What a failed `listen` means to the caller of `startLocalDynamoDb()`. */
export function listenError(error: unknown, port: number): LocalDynamoDbError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return portTaken(port, { cause: error });
  return startFailed(`port ${port} cannot be opened (${message}): choose another port or none to get a free one.`, {
    port,
    cause: error,
  });
}

function listenOnce(port: number, host: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, exclusive: true, ...(host === undefined ? {} : { host }) }, () => {
      const { port: bound } = server.address() as AddressInfo;
      server.close(() => {
        resolve(bound);
      });
    });
  });
}
