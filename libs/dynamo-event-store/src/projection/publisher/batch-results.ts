import { failureOfEntry, NO_OUTCOME, type ServiceFailure } from './service-failure.js';

/** Answer of SNS and SQS to a batch. */
export interface BatchResult {
  readonly Successful?: readonly { readonly Id?: string | undefined }[] | undefined;
  readonly Failed?:
    | readonly {
        readonly Id: string | undefined;
        readonly Code: string | undefined;
        readonly Message?: string | undefined;
        readonly SenderFault: boolean | undefined;
      }[]
    | undefined;
}

/** Id of an entry, unique in its request. */
export function entryId(index: number): string {
  return `e${index}`;
}

/** The failure of each entry, `undefined` for those that the answer names as successful. */
export function failuresOf(
  { Successful = [], Failed = [] }: BatchResult,
  entries: number,
): (ServiceFailure | undefined)[] {
  const accepted = new Set(Successful.map(({ Id }) => Id));
  return Array.from({ length: entries }, (_, index) => {
    const id = entryId(index);
    const failed = Failed.find(({ Id }) => Id === id);
    if (failed !== undefined) return failureOfEntry(failed.Code, failed.Message, failed.SenderFault);
    return accepted.has(id) ? undefined : NO_OUTCOME;
  });
}
