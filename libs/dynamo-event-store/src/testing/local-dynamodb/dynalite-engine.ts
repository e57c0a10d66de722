import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Engine } from './engine.js';
import { installedPackage } from './installed-package.js';
import { startFailed } from './local-dynamodb-errors.js';
import { listenError, LOOPBACK } from './loopback-port.js';

const PACKAGE = 'dynalite';

export interface DynaliteEngineOptions {
  /** 0 for a free one. */
  readonly port: number;
  /** Absolute path of an existing folder; in memory without it. */
  readonly dbPath: string | undefined;
}

/**
 * Runs dynalite in this process, on the loopback address only.
 *
 * @throws LocalDynamoDbError `ENGINE_MISSING`, `PORT_TAKEN`, `START_FAILED`
 */
export async function startDynaliteEngine({ port, dbPath }: DynaliteEngineOptions): Promise<Engine> {
  const main = installedPackage(PACKAGE);
  const dynalite = load(main);
  if (dbPath !== undefined) await assertFolderOpens(dbPath, main);
  const tableTimes = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
  const server = dynalite({ ...tableTimes, ...(dbPath === undefined ? {} : { path: dbPath }) });
  surviveAbortedRequests(server);
  server.listen(port, LOOPBACK);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw listenError(error, port);
  }
  server.unref();
  const ended = new Promise<void>((resolve) => server.once('close', resolve));
  return {
    name: 'dynalite',
    endpoint: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    ended,
    stop: () => close(server),
  };
}

/** Not by `import`, which looks from here only. */
function load(main: string): typeof import('dynalite').default {
  try {
    return createRequire(main)(main) as typeof import('dynalite').default;
  } catch (error) {
    throw startFailed(`dynalite cannot be loaded (${(error as Error).message}): reinstall it.`, { cause: error });
  }
}

/**
 * dynalite opens its folder with the first request, and a folder that does not open ends the whole process then. So its
 * own database is opened once before it.
 */
async function assertFolderOpens(path: string, main: string): Promise<void> {
  const { Level } = createRequire(main)('level') as {
    Level: new (path: string) => { open(): Promise<void>; close(): Promise<void> };
  };
  const level = new Level(path);
  try {
    await level.open();
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    const reason = cause?.message ?? message;
    throw startFailed(
      `dynalite cannot open the folder ${path} (${reason}): end the process that uses it, or choose another dbPath.`,
      {
        cause: error,
      },
    );
  }
  await level.close();
}

/** dynalite throws when a client goes away in the middle of a request, which would end the process that hosts it. */
function surviveAbortedRequests(server: Server): void {
  server.on('request', (request: IncomingMessage) => {
    request.removeAllListeners('error');
    request.on('error', () => undefined);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.ref();
    server.close((error) => {
      if (error) reject(error);
      else resolve();
    });
    // Clients keep their connections open; without this the close would wait for them.
    server.closeAllConnections();
  });
}
