import type { Socket } from 'node:net';

/** One request of DynamoDB's JSON protocol, as it came over the wire. */
export interface WireRequest {
  /** Such as `PutItem`. */
  readonly operation: string;
  readonly body: string;
  /** Of the whole request, head included. */
  readonly bytes: number;
  readonly head: string;
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i;
const OPERATION = /\r\nx-amz-target: *DynamoDB_20120810\.(\w+)/i;

/**
 * Cuts what arrives on a socket into requests. Just enough HTTP/1.1 for the AWS SDK, which always sends a
 * `Content-Length`: a whole HTTP server would cost more than what is measured with it.
 */
export function readRequests(socket: Socket, onRequest: (request: WireRequest) => void): void {
  let chunks: Buffer[] = [];
  let received = 0;
  let awaited = 0;
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    received += chunk.length;
    while (received > 0 && received >= awaited) {
      const all = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
      chunks = [all];
      const endOfHead = all.indexOf(END_OF_HEAD);
      if (endOfHead < 0) return;
      const head = all.toString('latin1', 0, endOfHead);
      const bodyStart = endOfHead + END_OF_HEAD.length;
      const bytes = bodyStart + Number(CONTENT_LENGTH.exec(head)?.[1] ?? 0);
      if (received < bytes) {
        awaited = bytes;
        return;
      }
      chunks = bytes === received ? [] : [all.subarray(bytes)];
      received -= bytes;
      awaited = 0;
      onRequest({
        operation: OPERATION.exec(head)?.[1] ?? '',
        body: all.toString('utf8', bodyStart, bytes),
        bytes,
        head,
      });
    }
  });
}
