import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ReadSide, type DynamoEventStore, type RecordedEvent } from 'nestjs-dynamo-event-store';
import { carts, ItemAdded, products } from '../../support/shop.js';
import type { Delivery } from './instance.js';

export interface Checked {
  readonly client: DynamoDBClient;
  readonly store: DynamoEventStore;
  readonly expected: ReadonlyMap<string, readonly RecordedEvent[]>;
  readonly deliveries: readonly Delivery[];
}

/** Guarantee 5: every event at least once and in the order of versions; in DynamoDB read models, exactly once. */
export async function checkReadModels({ store, expected, deliveries }: Checked): Promise<string[]> {
  const { readModels } = new ReadSide({ store });
  const violations: string[] = [];
  for (const [id, events] of expected) {
    const wanted = events.filter(({ type }) => type !== 'cart-noted');
    const view = await readModels.view(carts).get(id);
    const shown = (view?.versions ?? []).join();
    const due = wanted.map(({ version }) => version).join();
    if (shown !== due) violations.push(`cart ${id} shows versions ${shown}, but should show ${due}`);
    const items = wanted.reduce((sum, { event }) => (event instanceof ItemAdded ? sum + event.quantity : 0), 0);
    if ((view?.items ?? 0) !== items) violations.push(`cart ${id} shows ${view?.items} items instead of ${items}`);
    const added = events.filter(({ event }) => event instanceof ItemAdded).length;
    const product = await readModels.view(products).get(`p${id}`);
    if ((product?.events ?? 0) !== added)
      violations.push(`product p${id} counts ${product?.events} events instead of ${added}`);
    violations.push(...checkDeliveries(id, events, deliveries));
  }
  return violations;
}

function checkDeliveries(id: string, events: readonly RecordedEvent[], deliveries: readonly Delivery[]): string[] {
  const violations: string[] = [];
  let reached = 0;
  for (const { stream, version, instance } of deliveries) {
    if (stream !== id) continue;
    if (version > reached + 1)
      violations.push(`reactor: ${instance} was given ${id} version ${version} after ${reached}`);
    reached = Math.max(reached, version);
  }
  if (reached !== events.length)
    violations.push(`reactor: ${id} ends at version ${reached} instead of ${events.length}`);
  return violations;
}
