import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ProtocolServer, Refusal, type Answer } from './protocol-server.js';

/** An entry of `PutEvents` as it stands on the wire. */
export interface PutEvent {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  /** Seconds since 1970. */
  readonly Time?: number;
  readonly Resources?: readonly string[];
  readonly EventBusName?: string;
}

interface PutResult {
  readonly EventId?: string;
  readonly ErrorCode?: string;
  readonly ErrorMessage?: string;
}

/** EventBridge over AWS JSON 1.1: `PutEvents`. What rules would see is in `events`. */
export class EventBridgeServer extends ProtocolServer {
  readonly events: PutEvent[] = [];
  /** For which entries, by their detail, the answer tells neither an id nor an error. */
  isSilentAbout: (detail: string) => boolean = () => false;

  constructor(private readonly maxBytes = 262_144) {
    super('application/x-amz-json-1.1');
  }

  protected carryOut({ headers }: IncomingMessage, body: string): Answer {
    if (headers['x-amz-target'] !== 'AWSEvents.PutEvents')
      throw new Refusal('UnknownOperationException', 'There is no such operation.');
    const { Entries } = JSON.parse(body) as { Entries: PutEvent[] };
    this.batches.push(Entries.map(({ Detail }) => Detail ?? ''));
    if (Entries.length < 1 || Entries.length > 10)
      throw new Refusal('ValidationException', "Member 'entries' must have length from 1 to 10.");
    if (Entries.reduce((sum, entry) => sum + bytesOf(entry), 0) >= this.maxBytes)
      throw new Refusal('ValidationException', 'Total size of the entries in the request is over the limit.');
    const results = Entries.map((entry) => this.put(entry));
    const FailedEntryCount = results.filter(({ ErrorCode }) => ErrorCode !== undefined).length;
    return { status: 200, body: JSON.stringify({ FailedEntryCount, Entries: results }) };
  }

  protected refuse({ code, message, status }: Refusal): Answer {
    return { status, body: JSON.stringify({ __type: code, message }) };
  }

  private put(entry: PutEvent): PutResult {
    if (this.isSilentAbout(entry.Detail ?? '')) return {};
    const code = this.entryFault(entry.Detail ?? '')?.code ?? faultOf(entry);
    if (code !== undefined) return { ErrorCode: code, ErrorMessage: `${code} on purpose` };
    this.events.push(entry);
    return { EventId: randomUUID() };
  }
}

function faultOf({ Source = '', DetailType = '', Detail = '' }: PutEvent): string | undefined {
  if (Source === '' || DetailType === '' || DetailType.length > 128) return 'InvalidArgument';
  return isJsonObject(Detail) ? undefined : 'MalformedDetail';
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** As the user guide counts it. */
function bytesOf({ Source = '', DetailType = '', Detail = '', Time, Resources = [] }: PutEvent): number {
  const parts = [Source, DetailType, Detail, ...Resources];
  return parts.reduce((sum, part) => sum + Buffer.byteLength(part), Time === undefined ? 0 : 14);
}
