import { TextDecoder } from 'node:util';
import { ExportDamagedError } from '../errors/transfer-errors.js';

/**
 * The lines of a file, without their line feeds. Only a line feed ends a line: other line separators of Unicode stand
 * inside of JSON text.
 * @throws ExportDamagedError The bytes are not UTF-8, or the last line has no end.
 */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let pending: Uint8Array[] = [];
  let line = 1;
  for await (const chunk of bytes) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      pending.push(chunk.subarray(start, end));
      yield decode(decoder, pending, line);
      pending = [];
      line += 1;
      start = end + 1;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
  if (pending.length > 0) throw new ExportDamagedError(line, 'the line has no end: the file was cut off');
}

const LINE_FEED = 0x0a;

function decode(decoder: TextDecoder, parts: readonly Uint8Array[], line: number): string {
  try {
    return decoder.decode(Buffer.concat(parts));
  } catch (cause) {
    throw new ExportDamagedError(line, 'it is not UTF-8 text', cause);
  }
}
