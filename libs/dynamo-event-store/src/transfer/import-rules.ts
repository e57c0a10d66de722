import { TenantMismatchError } from '../errors/tenant-errors.js';
import { ExportDamagedError } from '../errors/transfer-errors.js';
import { describeStream } from '../event/stream-id.js';
import { encodeValue } from '../event/value-codec.js';
import { bodyBytes } from '../store/commit.js';
import type { RawCommits } from '../store/raw-commits.js';
import type { ExportedCommit } from './commit-line.js';
import type { ExportReader } from './export-reader.js';

/** Above these sizes, in bytes, the items of a commit are made to see whether they fit. Nothing smaller comes near a limit. */
const CHECKED_BODY = 64 * 1024;
const CHECKED_NAMES = 512;

/** What an import asks of each commit beside its form. */
export class ImportRules {
  private readonly tenant: string | null | undefined;

  /** @param tenant As in `ImportOptions`. */
  constructor(
    private readonly raw: RawCommits,
    tenant: string | null | undefined,
  ) {
    this.tenant = tenant === null ? null : raw.confinedTo('import', 'an export', tenant);
  }

  /** Reads a whole export, and writes nothing. */
  async checkAll(reader: ExportReader): Promise<void> {
    for await (const found of reader) this.check(found, reader.line);
  }

  /**
   * @throws TenantRequiredError, TenantMismatchError The stream is not one that may be written.
   * @throws ExportDamagedError The commit, or the key of its stream, is too large.
   */
  check({ commit }: ExportedCommit, line: number): void {
    this.raw.checkTenant('import', commit);
    this.checkConfinement(commit);
    const { aggregate, id, tenant = '' } = commit.stream;
    const names = Buffer.byteLength(tenant) + Buffer.byteLength(aggregate) + Buffer.byteLength(id);
    const details = commit.metadata === undefined ? 0 : JSON.stringify(encodeValue(commit.metadata, 'metadata')).length;
    if (names < CHECKED_NAMES && bodyBytes(commit) + details < CHECKED_BODY && commit.types.length < CHECKED_NAMES)
      return;
    try {
      this.raw.check(commit);
    } catch (cause) {
      throw new ExportDamagedError(line, `the commit cannot be stored (${(cause as Error).message})`, cause);
    }
  }

  private checkConfinement({ stream }: ExportedCommit['commit']): void {
    if (this.tenant === undefined || (stream.tenant ?? null) === this.tenant) return;
    throw new TenantMismatchError('import', describeStream(stream), [
      { source: 'the import', tenant: this.tenant ?? undefined },
      { source: 'the stream', tenant: stream.tenant },
    ]);
  }
}
