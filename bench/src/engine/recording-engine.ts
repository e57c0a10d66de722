import type { Socket } from 'node:net';
import { answerOf, isWrite, type Answer } from './answers.js';
import { readRequests, type WireRequest } from './http-connection.js';
import type { Meter } from './meter.js';
import { RACE_MARK, type Recordings } from './recordings.js';
import type { Tables, TableSchema } from './tables.js';
import type { Upstream } from './upstream.js';

export interface RecordingParts {
  readonly upstream: Upstream;
  readonly tables: Tables;
  readonly recordings: Recordings;
  readonly meter: Meter;
}

/** What DynamoDB Local counts as the published rules say. It does not for transactions and updates. */
const REPORTED_TRULY = new Set(['PutItem', 'GetItem', 'Query', 'Scan']);

/** Hands every request to DynamoDB Local, keeps the answers to reads, and meters. */
export function serveRecording(socket: Socket, parts: RecordingParts): void {
  readRequests(socket, (request) => {
    handle(request, parts).then(
      (answer) => socket.write(answer.bytes),
      (error: unknown) => socket.destroy(error as Error),
    );
  });
}

async function handle(request: WireRequest, parts: RecordingParts): Promise<Answer> {
  const { upstream, tables, recordings, meter } = parts;
  const { operation, body } = request;
  if (operation === 'CreateTable') tables.add(JSON.parse(body) as TableSchema);
  const checksUnits = meter.isOn && REPORTED_TRULY.has(operation);
  const { answer, reported } = checksUnits
    ? await sendForUnits(request, upstream)
    : { answer: await upstream.send(operation, body), reported: undefined };
  if (!isWrite(operation)) recordings.addRead(operation, body, answer);
  else if (answer.status !== 200 && body.includes(RACE_MARK)) recordings.addRefusal(operation, body, answer);
  meter.add(request, answer, reported);
  return answer;
}

interface WithUnits {
  readonly ConsumedCapacity?: { readonly CapacityUnits?: number };
}

/** Asks for the units as well, and takes them out of the answer unless the caller asked, too. */
async function sendForUnits({ operation, body }: WireRequest, upstream: Upstream) {
  const input = JSON.parse(body) as { ReturnConsumedCapacity?: string };
  const asked = JSON.stringify({ ...input, ReturnConsumedCapacity: 'TOTAL' });
  const full = await upstream.send(operation, asked);
  if (full.status !== 200) return { answer: full, reported: undefined };
  const { ConsumedCapacity, ...output } = JSON.parse(full.body) as WithUnits;
  // For a read that finds nothing it reports nothing; the service charges the least there is.
  const reported = ConsumedCapacity?.CapacityUnits === 0 ? undefined : ConsumedCapacity?.CapacityUnits;
  if (input.ReturnConsumedCapacity !== undefined && input.ReturnConsumedCapacity !== 'NONE')
    return { answer: full, reported };
  return { answer: answerOf(200, JSON.stringify(output)), reported };
}
