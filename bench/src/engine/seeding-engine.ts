import type { Socket } from 'node:net';
import { ACCEPTED_WRITES, type Answer } from './answers.js';
import { readRequests, type WireRequest } from './http-connection.js';
import type { Tables } from './tables.js';
import type { Upstream } from './upstream.js';
import { writesOf, type ItemWrite, type UpdateInput } from './wire-input.js';
import type { WireItem } from './wire-item.js';

interface Seed {
  readonly table: string;
  readonly item: WireItem;
}

const BATCH = 25;
const BATCHES_AT_ONCE = 6;

/**
 * For long streams: accepts writes at once, keeps their items, and brings them to DynamoDB Local in batches on `flush`.
 * Conditions are not looked at; what is written here is new and has one writer.
 */
export class SeedingEngine {
  /** By table, then by key. */
  private readonly seeds = new Map<string, Map<string, WireItem>>();

  constructor(
    private readonly upstream: Upstream,
    private readonly tables: Tables,
  ) {}

  serve(socket: Socket): void {
    readRequests(socket, (request) => {
      this.handle(request).then(
        ({ bytes }) => socket.write(bytes),
        (error: unknown) => socket.destroy(error as Error),
      );
    });
  }

  /** Copies what is kept of the streams that have `name` in their keys to as many other names. */
  copy(tables: string, name: string, copies: readonly string[]): void {
    const originals = this.kept(tables).filter(({ item }) => JSON.stringify(item).includes(name));
    if (originals.length === 0) throw new Error(`Nothing of ${name} is kept to be copied.`);
    for (const { table, item } of originals) {
      const text = JSON.stringify(item);
      for (const copy of copies) this.keep(table, JSON.parse(text.replaceAll(name, copy)) as WireItem);
    }
  }

  /**
   * Makes a stream of `known` commits of one event each longer: its last `period` commits come again and again, under the
   * versions that follow. Nothing else in an item says what version it is of.
   */
  lengthen(table: string, stream: string, known: number, period: number, length: number): void {
    const sortKeyOf = (version: number) => `e#${String(version).padStart(16, '0')}`;
    const commits = new Map(
      this.kept(table).flatMap(({ item }) => (item['pk']?.S?.endsWith(`#${stream}`) ? [[item['sk']?.S, item]] : [])),
    );
    for (let version = known + 1; version <= length; version++) {
      const original = commits.get(sortKeyOf(known - period + 1 + ((version - known - 1) % period)));
      if (original === undefined) throw new Error(`${stream} is not kept to be made longer.`);
      this.keep(table, { ...original, sk: { S: sortKeyOf(version) } });
    }
  }

  /** @param tables Beginning of the names of the tables that are brought to DynamoDB Local. */
  async flush(tables: string): Promise<void> {
    const seeds = this.kept(tables);
    for (const table of this.seeds.keys()) if (table.startsWith(tables)) this.seeds.delete(table);
    const batches: Seed[][] = [];
    for (let at = 0; at < seeds.length; at += BATCH) batches.push(seeds.slice(at, at + BATCH));
    const lane = async () => {
      for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) await this.write(batch);
    };
    await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, lane));
  }

  private kept(tables: string): Seed[] {
    return [...this.seeds].flatMap(([table, items]) =>
      table.startsWith(tables) ? Array.from(items.values(), (item): Seed => ({ table, item })) : [],
    );
  }

  private async handle({ operation, body }: WireRequest): Promise<Answer> {
    const accepted = ACCEPTED_WRITES.get(operation);
    const writes = accepted === undefined ? [] : writesOf(operation, body);
    if (accepted !== undefined && writes.every((write) => this.apply(write))) return accepted;
    const { TableName } = JSON.parse(body) as { TableName?: string };
    for (const table of TableName === undefined ? writes.map((write) => write.table) : [TableName])
      await this.flush(table);
    return this.upstream.send(operation, body);
  }

  private apply({ kind, table, item, update }: ItemWrite): boolean {
    if (kind === 'put') this.keep(table, item);
    if (kind !== 'update' || update === undefined) return kind === 'put';
    const known = this.seeds.get(table)?.get(this.tables.keyOf(table, item));
    if (known === undefined) return false;
    this.keep(table, { ...known, ...assignmentsOf(update) });
    return true;
  }

  private keep(table: string, item: WireItem): void {
    const items = this.seeds.get(table) ?? new Map<string, WireItem>();
    this.seeds.set(table, items.set(this.tables.keyOf(table, item), item));
  }

  private async write(batch: readonly Seed[]): Promise<void> {
    const RequestItems: Record<string, object[]> = {};
    for (const { table, item } of batch) (RequestItems[table] ??= []).push({ PutRequest: { Item: item } });
    const { UnprocessedItems } = await this.upstream.call<{ UnprocessedItems: object }>('BatchWriteItem', {
      RequestItems,
    });
    if (Object.keys(UnprocessedItems).length > 0) throw new Error('DynamoDB Local left items of a batch unwritten.');
  }
}

/** Of `SET #a = :a, #b = :b`, the one kind of update that is known here. */
function assignmentsOf(update: UpdateInput): WireItem {
  const { UpdateExpression = '', ExpressionAttributeNames = {}, ExpressionAttributeValues = {} } = update;
  const assignments = UpdateExpression.replace(/^SET /, '').split(',');
  return Object.fromEntries(
    assignments.flatMap((assignment) => {
      const [name = '', value = ''] = assignment.split('=').map((side) => side.trim());
      const given = ExpressionAttributeValues[value];
      return given === undefined ? [] : [[ExpressionAttributeNames[name] ?? name, given]];
    }),
  );
}
