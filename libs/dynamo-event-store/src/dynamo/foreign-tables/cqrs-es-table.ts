import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { isRecord } from '../../event/value-kind.js';
import type { ForeignEvent, ForeignFault, ForeignSource } from '../../transfer/foreign-events.js';
import { parseExactJson } from '../../transfer/exact-number.js';
import type { Item } from '../item-size.js';
import { sharesOf, type ForeignTableOptions } from './foreign-table.js';

export interface CqrsEsTableOptions extends ForeignTableOptions {
  /** Time of events, of which such tables hold none; must give the same each time. Default: none, which becomes the epoch. */
  readonly recordedAt?: (event: Omit<ForeignEvent, 'recordedAt'>) => Date;
  /**
   * Serde writes a variant of an enum as `{ "<variant>": content }`, or as `"<variant>"` when it has none. `content`
   * takes the content where the variant has the name of the event type; `whole` takes what is stored. Default `content`.
   */
  readonly payload?: 'content' | 'whole';
}

/**
 * An events table of `dynamo-es`, the DynamoDB store of Rust's `cqrs-es`. The default mapping makes the aggregate type the
 * aggregate name, and the leading number of the event version, such as 1 of `1.0`, the schema version.
 */
export function cqrsEsTable(options: CqrsEsTableOptions): ForeignSource {
  const shares = sharesOf(options, (items) => eventsOf(items, options));
  return { name: 'cqrs-es', table: options.tableName, shares };
}

async function* eventsOf(
  items: AsyncIterable<Item>,
  options: CqrsEsTableOptions,
): AsyncGenerator<ForeignEvent | ForeignFault, void, undefined> {
  for await (const item of items) yield eventOf(item, options);
}

function eventOf(
  item: Item,
  { recordedAt, payload: form = 'content' }: CqrsEsTableOptions,
): ForeignEvent | ForeignFault {
  const { AggregateTypeAndId: key, AggregateIdSequence, AggregateType, AggregateId, EventType, EventVersion } = item;
  const store = AggregateType?.S ?? '';
  const id = AggregateId?.S ?? '';
  const stream = store === '' || id === '' ? undefined : { store, id };
  const place = `${key?.S ?? '?'} ${AggregateIdSequence?.N ?? '?'}`;
  if (stream === undefined) return { stream, place, fault: 'AggregateType or AggregateId is missing' };
  const type = EventType?.S ?? '';
  if (type === '') return { stream, place, fault: 'EventType is missing' };
  try {
    const whole = parse(item['Payload']);
    const event = {
      ...stream,
      sequence: Number(AggregateIdSequence?.N),
      type,
      schema: EventVersion?.S,
      payload: form === 'whole' ? whole : contentOf(whole, type),
      metadata: item['Metadata'] === undefined ? undefined : parse(item['Metadata']),
    };
    return { ...event, recordedAt: recordedAt?.(event) };
  } catch (cause) {
    return { stream, place, fault: `Payload or Metadata is not JSON (${(cause as Error).message})` };
  }
}

function parse(value: AttributeValue | undefined): unknown {
  if (value?.B === undefined) throw new SyntaxError('it is missing');
  return parseExactJson(Buffer.from(value.B).toString());
}

function contentOf(whole: unknown, type: string): unknown {
  if (whole === type) return {};
  const isVariant = isRecord(whole) && Object.keys(whole).length === 1 && Object.hasOwn(whole, type);
  return isVariant ? (whole[type] ?? {}) : whole;
}
