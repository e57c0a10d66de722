import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answerOf } from './answers.js';
import { NullEngine } from './null-engine.js';
import { RACE_MARK, Recordings } from './recordings.js';
import { Tables } from './tables.js';
import { Upstream } from './upstream.js';

const tables = new Tables();
tables.add({ TableName: 'table', KeySchema: [{ AttributeName: 'pk' }, { AttributeName: 'sk' }] });
const recordings = new Recordings(tables);
const engine = new NullEngine(recordings, new Upstream('http://127.0.0.1:9'));
let server: Server;
let socket: Socket;

beforeAll(async () => {
  server = createServer((connection) => {
    engine.serve(connection);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
});

afterAll(() => {
  socket.destroy();
  server.close();
});

function requestOf(operation: string, input: object): Buffer {
  const body = Buffer.from(JSON.stringify(input));
  const head = `POST / HTTP/1.1\r\nX-Amz-Target: DynamoDB_20120810.${operation}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** Sends it in pieces of so many bytes; returns status and body of the answer. */
async function ask(request: Buffer, piece = request.length): Promise<string> {
  const answered = once(socket, 'data');
  for (let at = 0; at < request.length; at += piece) {
    socket.write(request.subarray(at, at + piece));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const [data] = (await answered) as [Buffer];
  const [head = '', body = ''] = data.toString().split('\r\n\r\n');
  return `${head.split(' ')[1]} ${body}`;
}

const putInput = (id: string, version: string) => ({
  TableName: 'table',
  Item: { pk: { S: id }, sk: { S: version }, at: { N: String(Math.random()) } },
});

describe('the null engine', () => {
  it('accepts writes, and says of batches that nothing is left over', async () => {
    expect(await ask(requestOf('PutItem', putInput('a', '1')))).toBe('200 {}');
    expect(await ask(requestOf('BatchWriteItem', { RequestItems: {} }))).toBe('200 {"UnprocessedItems":{}}');
  });

  it('answers a read with what was recorded for the same text, however it arrives', async () => {
    const input = { TableName: 'table', note: 'ä'.repeat(50) };
    recordings.addRead('Query', JSON.stringify(input), answerOf(200, '{"Items":[]}'));
    expect(await ask(requestOf('Query', input))).toBe('200 {"Items":[]}');
    expect(await ask(requestOf('Query', input), 7)).toBe('200 {"Items":[]}');
  });

  it('refuses a read that it has no answer to', async () => {
    expect(await ask(requestOf('Query', { TableName: 'other' }))).toMatch(/^400 .*no recording of this Query/);
    expect(await ask(requestOf('Scan', { TableName: 'table', note: 'ä'.repeat(50) }))).toMatch(/^400 /);
  });

  it('refuses the writes of a race that lost when they were recorded, whatever else is in them', async () => {
    const lost = JSON.stringify(putInput(`${RACE_MARK}1`, '3'));
    recordings.addRefusal('PutItem', lost, answerOf(400, '{"__type":"lost"}'));
    expect(await ask(requestOf('PutItem', putInput(`${RACE_MARK}1`, '3')))).toBe('400 {"__type":"lost"}');
    expect(await ask(requestOf('PutItem', putInput(`${RACE_MARK}1`, '4')))).toBe('200 {}');
    expect(await ask(requestOf('PutItem', putInput(`${RACE_MARK}2`, '3')))).toBe('200 {}');
  });

  it('counts what it was asked', async () => {
    engine.takeServed();
    await ask(requestOf('PutItem', putInput('a', '1')));
    await ask(requestOf('PutItem', putInput('a', '2')));
    expect(engine.takeServed()).toEqual({ PutItem: 2 });
    expect(engine.takeServed()).toEqual({});
  });
});
