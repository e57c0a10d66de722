import type { Socket } from 'node:net';
import { ACCEPTED_WRITES, answerOf } from './answers.js';
import { readRequests, type WireRequest } from './http-connection.js';
import { RACE_MARK, type Recordings } from './recordings.js';
import type { Upstream } from './upstream.js';

/**
 * Stands in for DynamoDB and costs next to nothing: accepts every write, and answers a read with what DynamoDB Local gave to
 * the very same request. A read that it does not know is an error, which fails the bench.
 */
export class NullEngine {
  /** Text of the names of tables whose requests DynamoDB Local answers, since they have to remember something. */
  passThrough: string | undefined;
  private readonly served = new Map<string, number>();

  constructor(
    private readonly recordings: Recordings,
    private readonly upstream: Upstream,
  ) {}

  serve(socket: Socket): void {
    readRequests(socket, (request) => {
      const answer = this.answerTo(request);
      if (Buffer.isBuffer(answer)) {
        socket.write(answer);
        return;
      }
      answer.then(
        (bytes) => socket.write(bytes),
        (error: unknown) => socket.destroy(error as Error),
      );
    });
  }

  /** Requests by operation since the last call. */
  takeServed(): Record<string, number> {
    const served = Object.fromEntries(this.served);
    this.served.clear();
    return served;
  }

  private answerTo({ operation, body }: WireRequest): Buffer | Promise<Buffer> {
    this.served.set(operation, (this.served.get(operation) ?? 0) + 1);
    if (this.passThrough !== undefined && body.includes(this.passThrough))
      return this.upstream.send(operation, body).then(({ bytes }) => bytes);
    const accepted = ACCEPTED_WRITES.get(operation);
    if (accepted === undefined) return this.recordings.read(operation, body) ?? unknownRead(operation, body);
    if (body.includes(RACE_MARK)) return this.recordings.refusal(operation, body) ?? accepted.bytes;
    return accepted.bytes;
  }
}

function unknownRead(operation: string, body: string): Buffer {
  const message = `The null engine has no recording of this ${operation}: ${body.slice(0, 300)}`;
  const type = 'com.amazonaws.dynamodb.v20120810#ValidationException';
  return answerOf(400, JSON.stringify({ __type: type, message })).bytes;
}
