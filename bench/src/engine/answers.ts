/** An answer of DynamoDB, and the same as bytes for a socket. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly bytes: Buffer;
}

/** With DynamoDB's headers, but no `Date`: an old one would make the SDK think that its own clock is wrong, and try again. */
export function answerOf(status: number, body: string): Answer {
  const head =
    `HTTP/1.1 ${status} ${status === 200 ? 'OK' : 'Bad Request'}\r\n` +
    'Content-Type: application/x-amz-json-1.0\r\n' +
    'x-amzn-RequestId: 7d5c2c5e-2f4f-4c5c-9d53-0c3e6c1f0b3a\r\n' +
    'Connection: keep-alive\r\n' +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return { status, body, bytes: Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]) };
}

const ACCEPTED = answerOf(200, '{}');

/** What DynamoDB says to a write that it accepts and that asked for nothing back. */
export const ACCEPTED_WRITES: ReadonlyMap<string, Answer> = new Map([
  ['PutItem', ACCEPTED],
  ['UpdateItem', ACCEPTED],
  ['DeleteItem', ACCEPTED],
  ['TransactWriteItems', ACCEPTED],
  ['BatchWriteItem', answerOf(200, '{"UnprocessedItems":{}}')],
]);

export function isWrite(operation: string): boolean {
  return ACCEPTED_WRITES.has(operation);
}
