import {
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { FailedRequest } from '../errors/request-errors.js';
import { describeStream, sameStream, type StreamId } from '../event/stream-id.js';
import type { Commit } from '../store/commit.js';
import type {
  CommitLog,
  CommitQuery,
  HeldObstacle,
  LatestCommits,
  LogShare,
  LogWrite,
  Obstacle,
  ScannedCommit,
  WriteOutcome,
} from '../store/commit-log.js';
import { firstOf, type CommitPages } from '../store/commit-pages.js';
import type { ListQuery, Page, StreamInfo } from '../store/event-store.js';
import type { Receipt } from '../store/receipt.js';
import type { ReservationChange } from '../store/reservation.js';
import type { Snapshot } from '../store/snapshot.js';
import { watched } from './attempts.js';
import { fromCommitItems, partsOf } from './commit-item.js';
import { CommitReader } from './commit-reader.js';
import { CommitScan } from './commit-scan.js';
import { toEventStoreError } from './dynamo-errors.js';
import type { DynamoRequests } from './dynamo-requests.js';
import type { Item } from './item-size.js';
import { fromReceiptItem } from './receipt-item.js';
import { holderOfItem, planReservation, reservationKey } from './reservation-item.js';
import { planGetItem, planPutSnapshot, planSetListing } from './requests.js';
import { toSnapshotItem } from './snapshot-item.js';
import { listStreamsPage } from './stream-listing.js';
import { purgeStream } from './stream-purge.js';
import { commitSortKey, receiptSortKey } from './table-schema.js';
import { refusedActions, type RefusedAction } from './transaction-refusal.js';
import { planWrite, type WritePlan } from './write-plan.js';

/** An item that vanished between a refused write and its reading was deleted meanwhile; then the slot is free again. */
const VANISHED_ATTEMPTS = 3;

/** What a write of one item is about. */
const SLOT = [{ index: 0, role: 'slot' }] as const;

/** Sends planned requests and turns what comes back into commits; all decisions are made elsewhere. */
export class DynamoCommitLog implements CommitLog {
  private readonly reader: CommitReader;

  constructor(
    private readonly requests: DynamoRequests,
    private readonly tableName: () => string,
    private readonly listingShards: number,
    private readonly clock: () => Date,
  ) {
    this.reader = new CommitReader(requests, tableName, clock);
  }

  async write(writes: readonly LogWrite[]): Promise<WriteOutcome> {
    const table = this.tableName();
    const plan = planWrite(table, writes, this.listingShards);
    const request = describeWrites(table, writes);
    for (let attempt = 1; ; attempt++) {
      const refused = await this.send(plan, request);
      if (refused === 'stored') return { kind: 'stored' };
      if ('unknown' in refused) return this.lookFor(writes, plan, refused.unknown, request);
      const obstacles = await this.obstaclesOf(table, writes, refused, request);
      if (obstacles.some(({ commit, receipt, held }) => (commit ?? receipt ?? held) !== undefined))
        return { kind: 'refused', obstacles };
      if (attempt === VANISHED_ATTEMPTS) throw toEventStoreError(new Error('The item appears and vanishes.'), request);
    }
  }

  check(writes: readonly LogWrite[]): void {
    planWrite(this.tableName(), writes, this.listingShards);
  }

  scan(share: LogShare, after?: Pick<Commit, 'stream' | 'version'>): AsyncIterable<ScannedCommit> {
    return new CommitScan(this.requests, this.tableName(), this.reader, this.clock).commits(share, after);
  }

  pages(stream: StreamId, query: CommitQuery): CommitPages {
    return this.reader.pages(stream, query);
  }

  latest(stream: StreamId, limit: number): Promise<LatestCommits> {
    return this.reader.latest(stream, limit);
  }

  async hold(commit: Commit, reservation: ReservationChange): Promise<StreamId | undefined> {
    const table = this.tableName();
    const request = { operation: 'hold', table, stream: describeStream(commit.stream) };
    const { Put: input } = planReservation(table, commit, reservation);
    if (input === undefined) return undefined;
    const answer = await this.requests.sendConditional(request, (client) =>
      client.send(watched(new PutItemCommand(input))),
    );
    return 'output' in answer ? undefined : this.holderOf(commit.stream.tenant, reservation);
  }

  async receipt(stream: StreamId, id: string): Promise<Receipt | undefined> {
    const table = this.tableName();
    const request = { operation: 'read', table, stream: describeStream(stream) };
    const item = await this.get(table, stream, receiptSortKey(id), request);
    return item === undefined ? undefined : fromReceiptItem(stream, item);
  }

  async holderOf(
    tenant: string | undefined,
    reservation: Pick<ReservationChange, 'scope' | 'digest'>,
  ): Promise<StreamId | undefined> {
    const table = this.tableName();
    const input = { TableName: table, Key: reservationKey(tenant, reservation), ConsistentRead: true };
    const request = { operation: 'reservationOf', table };
    const { Item: item } = await this.requests.send(request, (client) => client.send(new GetItemCommand(input)));
    return item && holderOfItem(item);
  }

  async putSnapshot(snapshot: Snapshot, replaces: number | undefined): Promise<boolean> {
    const table = this.tableName();
    const input = planPutSnapshot(table, toSnapshotItem(snapshot), replaces);
    const request = { operation: 'saveSnapshot', table, stream: describeStream(snapshot.stream) };
    const answer = await this.requests.sendConditional(request, (client) =>
      client.send(watched(new PutItemCommand(input))),
    );
    return 'output' in answer;
  }

  async streams(aggregate: string, query: ListQuery & { readonly limit: number }): Promise<Page<StreamInfo>> {
    const table = this.tableName();
    const request = { operation: 'listStreams', table };
    return listStreamsPage(table, aggregate, query, this.listingShards, (input) => this.query(input, request));
  }

  async setArchived(stream: StreamId, archived: boolean): Promise<boolean> {
    const table = this.tableName();
    const input = planSetListing(table, stream, this.listingShards, archived);
    const request = { operation: 'archive', table, stream: describeStream(stream) };
    const answer = await this.requests.sendConditional(request, (client) =>
      client.send(watched(new UpdateItemCommand(input))),
    );
    return 'output' in answer;
  }

  purge(stream: StreamId, tombstone: Commit | undefined): Promise<number> {
    return purgeStream(this.requests, this.tableName(), stream, tombstone);
  }

  private async send(
    plan: WritePlan,
    request: FailedRequest,
  ): Promise<'stored' | readonly RefusedAction[] | { readonly unknown: Error }> {
    const answer = await this.requests.tryWrite<unknown>(request, (client) =>
      plan.kind === 'put'
        ? client.send(watched(new PutItemCommand(plan.input)))
        : client.send(watched(new TransactWriteItemsCommand(plan.input))),
    );
    if ('output' in answer) return 'stored';
    if ('unknown' in answer) return answer;
    const { refusal } = answer;
    if (plan.kind === 'put')
      return SLOT.map((slot) => ({ ...slot, item: 'Item' in refusal ? refusal.Item : undefined }));
    const reasons = 'CancellationReasons' in refusal ? refusal.CancellationReasons : undefined;
    return refusedActions(reasons, plan.actions) ?? [];
  }

  /**
   * Whether a write was carried out of which no answer says so: a slot or a receipt that is taken tells for good, be it by this
   * write or by another one. Where all are free, an earlier attempt may still be on its way.
   */
  private async lookFor(
    writes: readonly LogWrite[],
    plan: WritePlan,
    unknown: Error,
    request: FailedRequest,
  ): Promise<WriteOutcome> {
    const table = this.tableName();
    const actions =
      plan.kind === 'put' ? SLOT : plan.actions.filter(({ role }) => role === 'slot' || role === 'receipt');
    const unseen = actions.map((action) => ({ ...action, item: undefined }));
    const look = async (): Promise<WriteOutcome | undefined> => {
      const obstacles = await this.obstaclesOf(table, writes, unseen, request);
      const isTaken = obstacles.some(({ commit, receipt }) => (commit ?? receipt) !== undefined);
      return isTaken ? { kind: 'refused', obstacles } : undefined;
    };
    try {
      const seen = await look();
      // It may have arrived between two of the reads. Once one of its items is seen, all of them are there.
      const whole = seen !== undefined && unseen.length > 1 ? await look() : seen;
      if (whole !== undefined) return whole;
    } catch {
      // The look failed, so it has told nothing.
    }
    throw unknown;
  }

  private async obstaclesOf(
    table: string,
    writes: readonly LogWrite[],
    refused: readonly RefusedAction[],
    request: FailedRequest,
  ): Promise<Obstacle[]> {
    return Promise.all(
      writes.map(async (write, index) => {
        const stream = streamOf(write);
        const own = refused.filter((action) => action.index === index);
        const slot = own.find(({ role }) => role === 'slot');
        const receipt = own.find(({ role }) => role === 'receipt');
        const id = 'commit' in write ? write.receipt?.id : undefined;
        const version = 'commit' in write ? write.commit.version : write.slot;
        const held = 'commit' in write ? await this.heldBy(write.commit, own) : [];
        return {
          commit: slot && (await this.occupant(table, stream, version, slot.item, request)),
          receipt: receipt && id !== undefined ? await this.storedReceipt(stream, id, receipt.item) : undefined,
          ...(held.length === 0 ? {} : { held }),
        };
      }),
    );
  }

  /** Engines differ in whether they return the item in the way; a large commit needs its parts besides. */
  private async occupant(
    table: string,
    stream: StreamId,
    version: number,
    shown: Item | undefined,
    request: FailedRequest,
  ): Promise<Commit | undefined> {
    const item = shown ?? (await this.get(table, stream, commitSortKey(version), request));
    if (item === undefined || partsOf(item) === 1) return item && fromCommitItems(stream, item);
    const range = { order: 'forward', lowest: version, highest: version, limit: 1, consistency: 'strong' } as const;
    return firstOf(this.pages(stream, range));
  }

  /** What other streams hold. What has become free meanwhile, or the stream's own, is not in the way any more. */
  private async heldBy(
    { stream, reservations = [] }: Commit,
    refused: readonly RefusedAction[],
  ): Promise<HeldObstacle[]> {
    const held = refused.map(async ({ place, item }) => {
      const reservation = place === undefined ? undefined : reservations[place];
      if (reservation === undefined) return [];
      const holder = item === undefined ? await this.holderOf(stream.tenant, reservation) : holderOfItem(item);
      if (holder === undefined || sameStream(holder, stream)) return [];
      return [{ change: reservation.change, scope: reservation.scope, holder }];
    });
    return (await Promise.all(held)).flat();
  }

  private async storedReceipt(stream: StreamId, id: string, shown: Item | undefined): Promise<Receipt | undefined> {
    return shown === undefined ? this.receipt(stream, id) : fromReceiptItem(stream, shown);
  }

  private async get(
    table: string,
    stream: StreamId,
    sortKey: string,
    request: FailedRequest,
  ): Promise<Item | undefined> {
    const input = planGetItem(table, stream, sortKey);
    return (await this.requests.send(request, (client) => client.send(new GetItemCommand(input)))).Item;
  }

  private query(input: QueryCommandInput, request: FailedRequest) {
    return this.requests.send(request, (client) => client.send(new QueryCommand(input)));
  }
}

function streamOf(write: LogWrite): StreamId {
  return 'commit' in write ? write.commit.stream : write.stream;
}

function describeWrites(table: string, writes: readonly LogWrite[]): FailedRequest {
  const [first] = writes.flatMap((write) => ('commit' in write ? [write.commit] : []));
  const stream = writes.map((write) => describeStream(streamOf(write))).join(', ');
  return { operation: writes.length > 1 ? 'appendAll' : 'append', table, stream, commitId: first?.commitId };
}
