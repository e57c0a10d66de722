import type { Answer } from './answers.js';
import { isWrite } from './answers.js';
import { unitsOfRead, unitsOfWrite } from './capacity.js';
import type { WireRequest } from './http-connection.js';
import type { Tables } from './tables.js';
import type { Upstream } from './upstream.js';

/** What went over the wire, and what it costs. */
export interface Metered {
  /** By operation, such as `PutItem`. */
  readonly requests: Readonly<Record<string, number>>;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Heads included. */
  readonly bytesOut: number;
  readonly bytesIn: number;
  /** Requests for which DynamoDB Local reports other units than the rules give. */
  readonly disagreements: readonly string[];
}

interface Exchange {
  readonly request: WireRequest;
  readonly answer: Answer;
  /** As DynamoDB Local reports them; absent where it does not report truly. */
  readonly reported: number | undefined;
}

const RULED = new Set(['GetItem', 'Query', 'Scan']);

/** Counts what passes through while it is on. */
export class Meter {
  private exchanges: Exchange[] | undefined;

  constructor(
    private readonly tables: Tables,
    private readonly upstream: Upstream,
  ) {}

  get isOn(): boolean {
    return this.exchanges !== undefined;
  }

  start(): void {
    this.exchanges = [];
  }

  add(request: WireRequest, answer: Answer, reported: number | undefined): void {
    this.exchanges?.push({ request, answer, reported });
  }

  async stop(): Promise<Metered> {
    const exchanges = this.exchanges ?? [];
    this.exchanges = undefined;
    const requests: Record<string, number> = {};
    const disagreements: string[] = [];
    const sums = { writeUnits: 0, readUnits: 0, bytesOut: 0, bytesIn: 0 };
    for (const { request, answer, reported } of exchanges) {
      const { operation } = request;
      requests[operation] = (requests[operation] ?? 0) + 1;
      const units = await this.unitsOf(request, answer);
      if (reported !== undefined && reported !== units.write + units.read)
        disagreements.push(`${operation}: ${units.write + units.read} by the rules, ${reported} reported`);
      sums.writeUnits += units.write;
      sums.readUnits += units.read;
      sums.bytesOut += request.bytes;
      sums.bytesIn += answer.bytes.length;
    }
    return { requests, ...sums, disagreements };
  }

  private async unitsOf({ operation, body }: WireRequest, answer: Answer): Promise<{ write: number; read: number }> {
    if (isWrite(operation)) return unitsOfWrite(operation, body, answer, this.tables, this.upstream);
    if (RULED.has(operation)) return unitsOfRead(operation, body, answer);
    return { write: 0, read: 0 };
  }
}
