import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { StreamCorruptedError } from '../errors/store-errors.js';
import { sameStream, type StreamId } from '../event/stream-id.js';
import type { Commit } from '../store/commit.js';
import type { LogShare, ScannedCommit } from '../store/commit-log.js';
import { CommitAssembly } from './commit-assembly.js';
import type { CommitReader } from './commit-reader.js';
import type { DynamoRequests } from './dynamo-requests.js';
import { IncompleteCommitError } from './incomplete-commit-error.js';
import type { Item } from './item-size.js';
import { itemKey } from './requests.js';
import {
  ATTRIBUTES,
  commitSortKey,
  isArchivedListing,
  parseCommitSortKey,
  parsePartitionKey,
  parsePartSortKey,
} from './table-schema.js';

type Place = Pick<Commit, 'stream' | 'version'>;

/**
 * Whole commits from a `Scan`, which gives the items of a partition together and in the order of their sort keys.
 * Everything that is not a commit is passed over.
 */
export class CommitScan {
  private stream: StreamId | undefined;
  private assembly: CommitAssembly | undefined;
  private archived = false;

  constructor(
    private readonly requests: DynamoRequests,
    private readonly table: string,
    private readonly reader: CommitReader,
    private readonly clock: () => Date,
  ) {}

  async *commits(share: LogShare, after?: Place): AsyncGenerator<ScannedCommit, void, undefined> {
    for await (const item of this.items(share, after && itemKey(after.stream, commitSortKey(after.version)))) {
      const key = parseSortKey(item);
      if (key === undefined) continue;
      const stream = streamOf(item);
      // What is left of a commit in parts that was handed out before.
      if (after !== undefined && sameStream(stream, after.stream) && key.version <= after.version) continue;
      if (this.stream === undefined || !sameStream(this.stream, stream)) {
        yield* this.end();
        this.stream = stream;
        this.archived = false;
        this.assembly = new CommitAssembly(stream, 'forward', this.clock().getTime());
      }
      if (key.version === 1 && key.part === 1) this.archived = isArchivedListing(item[ATTRIBUTES.listing]?.S ?? '');
      const { assembly } = this;
      yield* this.step(() => assembly?.add(item), key.part === 1 ? key.version : undefined);
    }
    yield* this.end();
  }

  private async *end(): AsyncGenerator<ScannedCommit, void, undefined> {
    const { assembly } = this;
    yield* this.step(() => {
      assembly?.end();
      return undefined;
    });
  }

  /** A commit that was met half way, while the transaction that writes it was under way, is read again. */
  private async *step(run: () => Commit | undefined, own?: number): AsyncGenerator<ScannedCommit, void, undefined> {
    try {
      yield* this.found(run());
    } catch (error) {
      if (!(error instanceof IncompleteCommitError)) throw error;
      yield* this.found(await this.reader.readAgain(error.stream, error.version));
      if (error.version !== own) yield* this.found(run());
    }
  }

  private *found(commit: Commit | undefined): Generator<ScannedCommit, void, undefined> {
    if (commit !== undefined) yield { commit, archived: commit.version === 1 && this.archived };
  }

  private async *items({ segment, segments }: LogShare, from?: Item): AsyncGenerator<Item, void, undefined> {
    let startKey = from;
    do {
      const input = {
        TableName: this.table,
        ConsistentRead: true,
        ...(segments === 1 ? {} : { Segment: segment, TotalSegments: segments }),
        ...(startKey === undefined ? {} : { ExclusiveStartKey: startKey }),
      };
      const page = await this.requests.send({ operation: 'scan', table: this.table }, (client) =>
        client.send(new ScanCommand(input)),
      );
      yield* page.Items ?? [];
      startKey = page.LastEvaluatedKey;
    } while (startKey !== undefined);
  }
}

function parseSortKey(item: Item): { readonly version: number; readonly part: number } | undefined {
  const sortKey = item[ATTRIBUTES.sortKey]?.S ?? '';
  const version = parseCommitSortKey(sortKey);
  return version === undefined ? parsePartSortKey(sortKey) : { version, part: 1 };
}

function streamOf(item: Item): StreamId {
  const key = item[ATTRIBUTES.partitionKey]?.S ?? '';
  const stream = parsePartitionKey(key);
  if (stream !== undefined) return stream;
  throw new StreamCorruptedError({ aggregate: '?', id: key }, 0, `"${key}" is not a stream's key`);
}
