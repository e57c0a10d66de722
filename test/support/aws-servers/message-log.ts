import { randomUUID } from 'node:crypto';
import {
  checkBatch,
  failed,
  faultOfEntry,
  type AcceptedEntry,
  type BatchEntry,
  type FailedEntry,
} from './batch-rules.js';
import type { EntryFault } from './protocol-server.js';

const DEDUPLICATION_MS = 5 * 60_000;

/** What a topic or a queue has taken. */
export class MessageLog {
  readonly messages: AcceptedEntry[] = [];
  private readonly seen = new Map<string, number>();

  constructor(
    private readonly fifo: boolean,
    private readonly maxBytes: number,
    private readonly now: () => number,
  ) {}

  /** Throws `Refusal` for the batch as a whole. */
  take(
    entries: readonly BatchEntry[],
    fault: (text: string) => EntryFault | undefined,
  ): { Successful: AcceptedEntry[]; Failed: FailedEntry[] } {
    checkBatch(entries, this.fifo, this.maxBytes);
    const Successful: AcceptedEntry[] = [];
    const Failed: FailedEntry[] = [];
    for (const entry of entries) {
      const chosen = fault(entry.text);
      const failure = chosen === undefined ? faultOfEntry(entry) : failed(entry, chosen.code, chosen.senderFault);
      if (failure === undefined) Successful.push(this.accept(entry));
      else Failed.push(failure);
    }
    return { Successful, Failed };
  }

  private accept(entry: BatchEntry): AcceptedEntry {
    const accepted = { ...entry, MessageId: randomUUID(), delivered: !this.isDuplicate(entry.deduplicationId) };
    if (accepted.delivered) this.messages.push(accepted);
    return accepted;
  }

  private isDuplicate(deduplicationId: string | undefined): boolean {
    if (deduplicationId === undefined) return false;
    const last = this.seen.get(deduplicationId);
    if (last !== undefined && this.now() - last < DEDUPLICATION_MS) return true;
    this.seen.set(deduplicationId, this.now());
    return false;
  }
}
