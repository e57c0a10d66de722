import { PutItemCommand, type DynamoDBClient, type PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import { clientWith, sendOf } from '../../../libs/dynamo-event-store/src/testing/faults/client-seam.js';

interface Entry {
  readonly partition: string;
  readonly shard: string;
  readonly revision: number;
  readonly record: {
    readonly owner?: string;
    readonly checkpoints: Readonly<Record<string, { readonly position: string }>>;
  };
}

/** Every state that the records of shards were in, to see that only their owners moved them, and only forward. */
export class CheckpointTrace {
  private readonly entries: Entry[] = [];
  private readonly unconditional: string[] = [];

  watch(client: DynamoDBClient, table: string): DynamoDBClient {
    const send = sendOf(client);
    return clientWith(client, async (command, options) => {
      const answer = await send(command, options);
      if (command instanceof PutItemCommand) this.note(command.input, table);
      return answer;
    });
  }

  violations(): string[] {
    const violations = this.unconditional.map((key) => `${key} was written without a condition`);
    const shards = new Map<string, Entry[]>();
    for (const entry of this.entries) {
      const key = `${entry.partition} ${entry.shard}`;
      shards.set(key, [...(shards.get(key) ?? []), entry]);
    }
    for (const [shard, states] of shards) violations.push(...backwardSteps(shard, states));
    return violations;
  }

  private note({ TableName, Item, ConditionExpression }: PutItemCommandInput, table: string): void {
    const partition = Item?.['pk']?.S ?? '';
    if (TableName !== table || !partition.startsWith('shards#')) return;
    const shard = Item?.['sk']?.S ?? '';
    if (ConditionExpression === undefined) this.unconditional.push(`${partition} ${shard}`);
    this.entries.push({
      partition,
      shard,
      revision: Number(Item?.['rev']?.N),
      record: JSON.parse(Item?.['doc']?.S ?? '{}') as Entry['record'],
    });
  }
}

function backwardSteps(shard: string, states: readonly Entry[]): string[] {
  const violations: string[] = [];
  const highest = new Map<string, bigint>();
  for (const { record } of states.toSorted((a, b) => a.revision - b.revision))
    for (const [key, { position }] of Object.entries(record.checkpoints)) {
      if (!/^\d+$/.test(position)) continue;
      const at = BigInt(position);
      const before = highest.get(key) ?? 0n;
      if (at < before) violations.push(`${shard}: ${key} moved back from ${before} to ${at} by ${record.owner}`);
      else highest.set(key, at);
    }
  return violations;
}
