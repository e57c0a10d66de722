import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** How long a client may take nothing of an answer before it counts as gone, in ms. */
const STALLED_MS = 30_000;

/**
 * Answers with a JSON array of any length, no faster than the client reads. When the source fails half way the connection
 * is broken off, so that the client cannot take a part for the whole.
 */
export async function sendJsonArray(response: ServerResponse, items: AsyncIterable<unknown>): Promise<void> {
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setTimeout(STALLED_MS, () => response.destroy());
  await pipeline(Readable.from(chunks(items)), response);
}

async function* chunks(items: AsyncIterable<unknown>): AsyncGenerator<string> {
  let separator = '[';
  for await (const item of items) {
    yield separator + JSON.stringify(item);
    separator = ',';
  }
  yield separator === '[' ? '[]' : ']';
}
