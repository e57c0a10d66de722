/** Probability from 0 to 1 per request of each fault; default 0. Where several hit one request, the first of this list is it. */
export interface FaultRates {
  /** The process dies here, before or after the request is carried out; nothing of it is sent or answered any more. */
  readonly kill?: number;
  /** Never sent. The caller gets a network failure, as the SDK raises it after its own retries. */
  readonly dropRequest?: number;
  /** Carried out; then the caller gets the network failure. */
  readonly dropResponse?: number;
  /** Refused for load and not carried out; a transaction with the reason `ThrottlingError` on one of its items. */
  readonly throttle?: number;
  /** HTTP 500 or 503; half of them after the request was carried out. */
  readonly serverError?: number;
  /** Refused because another transaction holds the item. Transactions and writes of one item only. */
  readonly transactionConflict?: number;
  /** Carried out, then sent again unchanged: what the SDK does when an answer is lost. The caller gets the second answer. */
  readonly resend?: number;
  /**
   * An eventually consistent read is answered as the same read was answered before. A strongly consistent read never is.
   */
  readonly staleRead?: number;
  /**
   * A page of Query or Scan ends early, with the `LastEvaluatedKey` to go on from; a batch leaves some of its requests
   * unprocessed.
   */
  readonly partialResult?: number;
  /** A copy of the request reaches the database later, after the caller has got its answer. Nobody sees its outcome. */
  readonly duplicate?: number;
  /** Waits before the request is sent, or before its answer is given, or both. */
  readonly delay?: number;
  /** The caller gets a network failure, and the request reaches the database later. Nobody sees its outcome. */
  readonly lateRequest?: number;
  /** Shortest and longest wait of `delay`, `duplicate` and `lateRequest`, in ms. Default 1 to 50. */
  readonly delayMs?: readonly [min: number, max: number];
}

export type FaultKind = Exclude<keyof FaultRates, 'delayMs'>;

/** In the order in which they are drawn. */
export const FAULT_KINDS: readonly FaultKind[] = [
  'kill',
  'dropRequest',
  'dropResponse',
  'throttle',
  'serverError',
  'transactionConflict',
  'resend',
  'staleRead',
  'partialResult',
  'duplicate',
  'delay',
  'lateRequest',
];

/** A fault with its details. Details left out are drawn from the seed. */
export type DetailedFault =
  | { readonly kind: 'kill'; readonly carriedOut?: boolean }
  | { readonly kind: 'dropRequest'; readonly code?: 'ECONNRESET' | 'ETIMEDOUT' }
  | {
      readonly kind: 'dropResponse';
      readonly code?: 'ECONNRESET' | 'ETIMEDOUT';
      /** On the wire: the connection is cut in the middle of the answer. */
      readonly halfAnswered?: boolean;
    }
  | {
      readonly kind: 'throttle';
      readonly error?: 'ProvisionedThroughputExceededException' | 'ThrottlingException';
      /** Item of a transaction, from 0. */
      readonly item?: number;
    }
  | { readonly kind: 'serverError'; readonly status?: 500 | 503; readonly carriedOut?: boolean }
  | { readonly kind: 'transactionConflict'; /** Item of a transaction, from 0. */ readonly item?: number }
  | { readonly kind: 'resend' }
  | {
      readonly kind: 'staleRead';
      /** How many answers back: 1 for the last one. At most 8 are kept. */ readonly age?: number;
    }
  | {
      readonly kind: 'partialResult';
      /**
       * Share of the items or requests that is kept, from 0 to 1, rounded down. At least one is kept, and at least one is
       * not; only a page that goes on from an earlier one may become empty.
       */
      readonly share?: number;
    }
  | { readonly kind: 'duplicate'; /** From the answer to the copy. */ readonly afterMs?: number }
  | {
      readonly kind: 'lateRequest';
      readonly code?: 'ECONNRESET' | 'ETIMEDOUT';
      /** From the failure to the arrival. */
      readonly afterMs?: number;
    }
  | { readonly kind: 'delay'; readonly beforeMs?: number; readonly afterMs?: number };

/** A kind alone draws all its details from the seed. */
export type Fault = FaultKind | DetailedFault;

/** The member of `DetailedFault` for one kind. */
export type FaultOf<K extends FaultKind> = Extract<DetailedFault, { readonly kind: K }>;

/** A request as the caller sends it. */
export interface FaultRequest {
  /** As in DynamoDB's API: `PutItem`, `Query`, … */
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Name of the process that sends it, if it has one. */
  readonly process?: string;
  /** On the wire: which try of the SDK it is, from 1. */
  readonly attempt?: number;
}

/** One request and what became of it. */
export interface FaultRecord {
  /** Place among all requests of this wrapper, from 0. */
  readonly index: number;
  readonly operation: string;
  /** Name of the process that sent it, if it has one. */
  readonly process?: string;
  /** Absent for a request that was let through. */
  readonly fault?: DetailedFault;
  /** True for a fault that had nothing to act on, such as a page of one item to be cut. The request was let through. */
  readonly withoutEffect?: true;
  /** What the caller saw; `killed` when its process died first. */
  readonly outcome: 'pending' | 'answered' | 'failed' | 'killed';
  /** Name of the error that the caller got. */
  readonly error?: string;
}
