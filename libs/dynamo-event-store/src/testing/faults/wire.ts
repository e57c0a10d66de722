import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { FaultRequest } from './fault.js';

const JSON_TYPE = 'application/x-amz-json-1.0';

/** An answer as it goes over the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export async function receive(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** What the SDK asks for; binary values are base64 text here. */
export function requestOf({ headers }: IncomingMessage, body: Buffer): FaultRequest {
  const attempt = /attempt=(\d+)/.exec(String(headers['amz-sdk-request']))?.[1];
  return {
    operation: String(headers['x-amz-target']).split('.').pop() ?? '',
    input: JSON.parse(body.toString()) as Record<string, unknown>,
    ...(attempt === undefined ? {} : { attempt: Number(attempt) }),
  };
}

export function forward(target: URL, { method = 'POST', url = '/', headers }: IncomingMessage, body: Buffer) {
  return new Promise<WireAnswer>((resolve, reject) => {
    const { hostname: host, port } = target;
    const upstream = httpRequest({ host, port, method, path: url, headers }, (answer) => {
      receive(answer).then((received) => {
        resolve({ status: answer.statusCode ?? 500, headers: answer.headers, body: received });
      }, reject);
    });
    upstream.on('error', reject);
    upstream.end(body);
  });
}

/** Cuts the connection where half of the answer is through. */
export function answerHalf(outgoing: ServerResponse, { status, headers, body }: WireAnswer): void {
  outgoing.writeHead(status, { ...headers, 'content-length': body.byteLength });
  outgoing.write(body.subarray(0, Math.ceil(body.byteLength / 2)), () => {
    outgoing.destroy();
  });
}

/** How an error of the SDK comes about: a connection that is cut, an answer that does not come, or what DynamoDB answers. */
export function answerOf(error: unknown): WireAnswer | 'cut' | 'none' {
  const { name, message, code, $metadata, CancellationReasons } = error as Error & {
    readonly code?: string;
    readonly $metadata?: { readonly httpStatusCode?: number };
    readonly CancellationReasons?: readonly object[];
  };
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return code === 'ETIMEDOUT' ? 'none' : 'cut';
  const text = JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message, CancellationReasons });
  return { status, headers: { 'content-type': JSON_TYPE }, body: Buffer.from(text) };
}
