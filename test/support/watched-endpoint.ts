import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface WatchedEndpoint {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/**
 * DynamoDB behind a door: `onRequest` is told of each request, such as `Scan`, and how many of its kind there were, and
 * the request goes on when it resolves.
 */
export async function watchEndpoint(
  endpoint: string,
  onRequest: (operation: string, count: number) => Promise<void> | undefined,
): Promise<WatchedEndpoint> {
  const counts = new Map<string, number>();
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const operation = String(incoming.headers['x-amz-target']).split('.')[1] ?? '';
    const count = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, count);
    await onRequest(operation, count);
    const { method, headers } = incoming;
    const forwarded = request(endpoint, { method: method ?? 'POST', headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    // Whoever asked may have gone.
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  };
  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
