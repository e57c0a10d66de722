import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, open, readFile, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { linesOf } from '../transfer/lines.js';

/** How far the file was right when it was last looked at. */
interface Checkpoint {
  readonly bytes: number;
  readonly sha256: string;
}

const CHECKPOINT_BYTES = 1024 * 1024;

/**
 * A file under way: `<name>.partial`, and beside it a checkpoint with the hash of what is sure to be in it. It gets its
 * name when it is complete, so that no half of an export can be taken for one.
 */
export class PartialExport {
  private pending: string[] = [];
  private pendingBytes = 0;

  private constructor(
    private readonly name: string,
    private readonly file: FileHandle,
    private bytes: number,
    private readonly hash: Hash,
  ) {}

  /** @throws Error The file, or one under way, is there. */
  static async begin(name: string): Promise<PartialExport> {
    if (await exists(name)) throw new Error(`${name} is there already; choose another name, or delete it.`);
    if (await exists(partialOf(name)))
      throw new Error(`${partialOf(name)} is an export that was interrupted; go on with --resume, or delete it.`);
    return new PartialExport(name, await open(partialOf(name), 'wx'), 0, createHash('sha256'));
  }

  /**
   * Goes on with a file after its last checkpoint, once what comes before is seen to be what was written.
   * @throws Error There is nothing to go on with, or it was altered.
   */
  static async resume(name: string): Promise<PartialExport> {
    const { bytes, sha256 } = await readCheckpoint(name);
    const hash = createHash('sha256');
    let read = 0;
    for await (const chunk of contentOf(name, bytes)) {
      hash.update(chunk);
      read += chunk.length;
    }
    if (read !== bytes || hash.copy().digest('hex') !== sha256)
      throw new Error(`${partialOf(name)} is not as it was left; delete it and begin again without --resume.`);
    const file = await open(partialOf(name), 'r+');
    await file.truncate(bytes);
    return new PartialExport(name, file, bytes, hash);
  }

  /** The lines that are in the file. */
  lines(): AsyncIterable<string> {
    return linesOf(contentOf(this.name, this.bytes));
  }

  /** @param line With its line feed. */
  async write(line: string): Promise<void> {
    this.pending.push(line);
    this.pendingBytes += Buffer.byteLength(line);
    if (this.pendingBytes >= CHECKPOINT_BYTES || this.bytes === 0) await this.checkpoint();
  }

  /** Makes sure that what was written up to now need not be written again. */
  async checkpoint(): Promise<void> {
    const content = Buffer.from(this.pending.join(''));
    this.pending = [];
    this.pendingBytes = 0;
    for (let at = 0; at < content.length;)
      at += (await this.file.write(content, at, content.length - at, this.bytes + at)).bytesWritten;
    await this.file.datasync();
    this.bytes += content.length;
    this.hash.update(content);
    const checkpoint: Checkpoint = { bytes: this.bytes, sha256: this.hash.copy().digest('hex') };
    await writeFile(`${checkpointOf(this.name)}.new`, JSON.stringify(checkpoint));
    await rename(`${checkpointOf(this.name)}.new`, checkpointOf(this.name));
  }

  /** Gives the file its name. */
  async complete(): Promise<void> {
    await this.checkpoint();
    await rename(partialOf(this.name), this.name);
    await rm(checkpointOf(this.name), { force: true });
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

async function* contentOf(name: string, bytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes > 0) yield* createReadStream(partialOf(name), { end: bytes - 1 }) as AsyncIterable<Uint8Array>;
}

async function readCheckpoint(name: string): Promise<Checkpoint> {
  try {
    return JSON.parse(await readFile(checkpointOf(name), 'utf8')) as Checkpoint;
  } catch (cause) {
    throw new Error(`There is no interrupted export of ${name} to go on with; begin without --resume.`, { cause });
  }
}

function partialOf(name: string): string {
  return `${name}.partial`;
}

function checkpointOf(name: string): string {
  return `${name}.checkpoint`;
}

function exists(name: string): Promise<boolean> {
  return access(name).then(
    () => true,
    () => false,
  );
}
