import { describeStream, type StreamId } from '../../event/stream-id.js';
import type { HistoryRecord } from './history-record.js';
import { describeOperation, type ViolatedRule, type Violations } from './violation.js';

/** From some instant on, it is known that the stream has reached a version. */
interface Evidence {
  readonly at: number;
  readonly version: number;
  readonly operation: HistoryRecord;
}

/** Something that began at an instant holds only if the stream had not gone beyond a version before. */
interface Claim {
  readonly at: number;
  readonly atMost: number;
  readonly rule: ViolatedRule;
  readonly operation: HistoryRecord;
  /** Goes on after the operation: `ends at version 3`. */
  readonly says: string;
}

/** A stream only grows, so what was known of it before an operation began must not be more than the operation saw. */
export class Timeline {
  private readonly evidence: Evidence[] = [];
  private readonly claims: Claim[] = [];

  /** The operation ended at `at` and had seen, or was told, that the stream has the version. */
  reached(version: number, operation: HistoryRecord, at: number | undefined): void {
    if (at !== undefined && version > 0) this.evidence.push({ at, version, operation });
  }

  claim(claim: Omit<Claim, 'at'>): void {
    this.claims.push({ ...claim, at: claim.operation.startedAt });
  }

  /** Both lists by time, once through: each claim meets the highest version that was known before it. */
  check(stream: StreamId, violations: Violations): void {
    this.evidence.sort((a, b) => a.at - b.at);
    this.claims.sort((a, b) => a.at - b.at);
    let next = 0;
    let highest: Evidence | undefined;
    for (const { at, atMost, rule, operation, says } of this.claims) {
      for (let known = this.evidence[next]; known !== undefined && known.at < at; known = this.evidence[++next])
        if (known.version > (highest?.version ?? 0)) highest = known;
      if (highest === undefined || highest.version <= atMost) continue;
      const message =
        `${describeStream(stream)}: ${describeOperation(operation)} ${says}, ` +
        `but ${describeOperation(highest.operation)} had been at version ${highest.version} before.`;
      violations.add(rule, stream, message, [operation, highest.operation]);
    }
  }
}
