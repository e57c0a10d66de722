/**
 * Answer of a function to its event source mapping, with `ReportBatchItemFailures` among the mapping's
 * `FunctionResponseTypes`. Without that setting Lambda takes every answer for success.
 */
export interface StreamBatchResponse {
  readonly batchItemFailures: { itemIdentifier: string }[];
}

/** Names the records that failed, each once and the lowest first: Lambda goes on from the lowest. */
export function batchResponse(failed: Iterable<string>): StreamBatchResponse {
  const sequenceNumbers = [...new Set(failed)].sort((a, b) => {
    const difference = BigInt(a) - BigInt(b);
    return difference < 0n ? -1 : Number(difference > 0n);
  });
  return { batchItemFailures: sequenceNumbers.map((itemIdentifier) => ({ itemIdentifier })) };
}
