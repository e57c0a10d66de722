import { DomainEvent, type RecordedEvent, type StreamId } from 'nestjs-dynamo-event-store';
import type { EventMessage } from '../../../libs/dynamo-event-store/src/sqs/index.js';

@DomainEvent({ name: 'order-noted', version: 3 })
export class OrderNoted {
  constructor(
    readonly note: string,
    readonly at = new Date('2026-01-02T03:04:05.678Z'),
  ) {}
}

/** What the runtime calls. */
export interface Publisher {
  publish(event: object, envelope: RecordedEvent, reaction: { replay: boolean }): Promise<void>;
}

export function recorded(
  id: string,
  version: number,
  event: object = new OrderNoted(`note ${version}`),
  changes: Partial<RecordedEvent> = {},
): RecordedEvent {
  const commitId = `commit-${id}-${version}`;
  return {
    stream: { aggregate: 'order', id },
    version,
    eventId: `${commitId}.0`,
    commitId,
    type: 'order-noted',
    schemaVersion: 3,
    recordedAt: new Date('2026-01-02T03:04:05.678Z'),
    metadata: { correlationId: 'request-1', causationId: commitId, actorId: 'ada' },
    event,
    ...changes,
  };
}

export function streamOf(id: string, events: number): RecordedEvent[] {
  return Array.from({ length: events }, (_, index) => recorded(id, index + 1));
}

export function publish(publisher: Publisher, envelope: RecordedEvent, replay = false): Promise<void> {
  return publisher.publish(envelope.event, envelope, { replay });
}

/** As the runtime does it: streams in parallel, one event after another in each, and again what is worth trying again. */
export async function deliver(publisher: Publisher, streams: readonly RecordedEvent[][]): Promise<void> {
  await Promise.all(
    streams.map(async (events) => {
      for (const envelope of events) await deliverOne(publisher, envelope);
    }),
  );
}

async function deliverOne(publisher: Publisher, envelope: RecordedEvent): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await publish(publisher, envelope);
      return;
    } catch (error) {
      if (attempt === 50 || !(error as { retryable?: boolean }).retryable) throw error;
    }
  }
}

export function messageIn(text: string): EventMessage {
  return JSON.parse(text) as EventMessage;
}

/** The versions that were received of each stream, in the order of receipt. */
export function versionsByStream(messages: readonly { stream: StreamId; version: number }[]): Map<string, number[]> {
  const streams = new Map<string, number[]>();
  for (const { stream, version } of messages) streams.set(stream.id, [...(streams.get(stream.id) ?? []), version]);
  return streams;
}

/** Lost answers, throttling and failures of the service, now and then; the same in each run. */
export function mixedRequestFaults(
  index: number,
): 'drop-answer' | 'drop-request' | 'throttle' | 'server-error' | undefined {
  if (index % 9 === 4) return 'drop-answer';
  if (index % 11 === 5) return 'throttle';
  if (index % 13 === 7) return 'server-error';
  return index % 17 === 8 ? 'drop-request' : undefined;
}

/** Every eighth message fails at its first and second try. */
export function passingEntryFaults(code: string): (text: string) => { code: string; senderFault: boolean } | undefined {
  const tries = new Map<string, number>();
  let count = 0;
  return (text) => {
    const tried = (tries.get(text) ?? 0) + 1;
    tries.set(text, tried);
    if (tried === 1 && count++ % 8 !== 0) tries.set(text, 3);
    return tries.get(text)! < 3 ? { code, senderFault: false } : undefined;
  };
}
