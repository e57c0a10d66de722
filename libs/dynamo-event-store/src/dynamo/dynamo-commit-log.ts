import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { FailedRequest } from '../errors/request-errors.js';
import { describeStream, type StreamId } from '../event/stream-id.js';
import type { CommitLog, CommitQuery, PutOutcome } from '../store/commit-log.js';
import type { Commit } from '../store/commit.js';
import type { ListQuery, Page, StreamInfo } from '../store/event-store.js';
import { planGetCommit, planPutCommit, planQueryCommits } from './requests.js';
import { fromCommitItem, toCommitItem } from './commit-item.js';
import { toEventStoreError } from './dynamo-errors.js';
import type { Item } from './item-size.js';
import { listStreamsPage } from './stream-listing.js';

/** An item that vanished between a refused write and its reading was deleted meanwhile; then the slot is free again. */
const VANISHED_ATTEMPTS = 3;

/** Sends planned requests and turns what comes back into commits; all decisions are made elsewhere. */
export class DynamoCommitLog implements CommitLog {
  constructor(
    private readonly client: () => DynamoDBClient,
    private readonly tableName: () => string,
    private readonly listingShards: number,
  ) {}

  async put(commit: Commit): Promise<PutOutcome> {
    const item = toCommitItem(commit, this.listingShards);
    const table = this.tableName();
    const request = { operation: 'append', table, stream: describeStream(commit.stream), commitId: commit.commitId };
    for (let attempt = 1; ; attempt++) {
      const occupant = await this.tryPut(table, item, request);
      if (occupant === 'stored') return { kind: 'stored' };
      const found = occupant ?? (await this.get(table, commit, request));
      if (found !== undefined) return { kind: 'occupied', by: fromCommitItem(commit.stream, found) };
      if (attempt === VANISHED_ATTEMPTS) throw toEventStoreError(new Error('The item appears and vanishes.'), request);
    }
  }

  async *commits(stream: StreamId, query: CommitQuery): AsyncGenerator<Commit, void, undefined> {
    const table = this.tableName();
    const request = { operation: 'read', table, stream: describeStream(stream) };
    let left = query.limit;
    let startKey: Item | undefined;
    do {
      const input = planQueryCommits(table, stream, { ...query, limit: left }, startKey);
      const page = await this.send(request, (client) => client.send(new QueryCommand(input)));
      for (const item of page.Items ?? []) yield fromCommitItem(stream, item);
      if (left !== undefined) left -= page.Items?.length ?? 0;
      startKey = page.LastEvaluatedKey;
    } while (startKey !== undefined && (left === undefined || left > 0));
  }

  async streams(aggregate: string, query: ListQuery & { readonly limit: number }): Promise<Page<StreamInfo>> {
    const table = this.tableName();
    const request = { operation: 'listStreams', table };
    return listStreamsPage(table, aggregate, query, this.listingShards, (input) =>
      this.send(request, (client) => client.send(new QueryCommand(input))),
    );
  }

  /** `'stored'`; or the item in the way; or `undefined` when the engine does not return it. */
  private async tryPut(table: string, item: Item, request: FailedRequest): Promise<'stored' | Item | undefined> {
    try {
      await this.client().send(new PutItemCommand(planPutCommit(table, item)));
      return 'stored';
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return error.Item;
      throw toEventStoreError(error, request);
    }
  }

  private async get(table: string, commit: Commit, request: FailedRequest): Promise<Item | undefined> {
    const input = planGetCommit(table, commit.stream, commit.version);
    return (await this.send(request, (client) => client.send(new GetItemCommand(input)))).Item;
  }

  private async send<T>(request: FailedRequest, call: (client: DynamoDBClient) => Promise<T>): Promise<T> {
    try {
      return await call(this.client());
    } catch (error) {
      throw toEventStoreError(error, request);
    }
  }
}
