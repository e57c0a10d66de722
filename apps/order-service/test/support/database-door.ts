import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface DatabaseRequest {
  /** Such as `PutItem`. */
  readonly operation: string;
  readonly body: string;
}

/** The way to DynamoDB, on which requests are seen and can be held back. */
export interface DatabaseDoor {
  readonly url: string;
  /** All requests so far. */
  readonly requests: readonly DatabaseRequest[];
  /** Holds back those that it chooses, until `release`. */
  hold(which: (request: DatabaseRequest) => boolean): void;
  release(): void;
  close(): Promise<void>;
}

export async function openDatabaseDoor(endpoint: string): Promise<DatabaseDoor> {
  const requests: DatabaseRequest[] = [];
  let isHeld: (request: DatabaseRequest) => boolean = () => false;
  const held = new Set<() => void>();
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const operation = String(incoming.headers['x-amz-target']).split('.')[1] ?? '';
    const seen = { operation, body: body.toString() };
    requests.push(seen);
    if (isHeld(seen)) await new Promise<void>((resolve) => held.add(resolve));
    const { method, headers } = incoming;
    const forwarded = request(endpoint, { method: method ?? 'POST', headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    // Whoever asked may have gone.
    forwarded.on('error', () => outgoing.destroy());
    forwarded.end(body);
  };
  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    hold: (which) => {
      isHeld = which;
    },
    release: () => {
      isHeld = () => false;
      for (const goOn of held) goOn();
      held.clear();
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
