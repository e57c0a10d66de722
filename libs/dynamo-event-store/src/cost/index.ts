export {
  costOfAppend,
  costOfAppendAll,
  costOfRefusedAppend,
  costOfSaveAll,
  type AppendFacts,
  type RefusalFacts,
  type SaveAllFacts,
} from './append-cost.js';
export { costOfUpdate, type UpdateFacts } from './command-cost.js';
export { commitBytes, commitItemBytes, type CommitShape, type EventShape } from './commit-sizes.js';
export { times, totalOf, type Cost, type RequestCount } from './cost.js';
export { itemBytes, storedBytes, type ItemValue, type ItemValues } from './item-bytes.js';
export { MAX_ITEM_BYTES, PAGE_BYTES } from './limits.js';
export {
  listingBytes,
  receiptBytes,
  reservationBytes,
  snapshotBytes,
  type ReceiptShape,
  type SnapshotShape,
} from './item-sizes.js';
export { bytesOf, pagesOf, unitsOfPages, type ItemSizes, type PageSize } from './pages.js';
export { priceOf, US_EAST_1_ON_DEMAND, type Consumption, type GivenPrices, type Prices } from './prices.js';
export {
  costOfOwnViewStep,
  costOfReactorStep,
  costOfRebuild,
  costOfSharedViewsStep,
  type RebuildFacts,
  type SharedViewsStepFacts,
  type ViewChangeFacts,
} from './projection-cost.js';
export {
  costOfHead,
  costOfHolder,
  costOfList,
  costOfLoad,
  costOfLoadWithSnapshot,
  costOfRead,
  costOfStoredCommand,
  costOfWarmLoad,
  type CommitItems,
  type ListFacts,
  type ReadFacts,
  type SnapshotLoadFacts,
  type WarmLoadFacts,
} from './read-cost.js';
export { READ_UNIT_BYTES, readUnits, unitsOfBatch, type ReadConsistency } from './read-units.js';
export {
  costOfArchive,
  costOfClose,
  costOfPurge,
  costOfSnapshot,
  type ArchiveFacts,
  type CloseFacts,
  type PurgeFacts,
} from './stream-life-cost.js';
export {
  unitsOfChange,
  unitsOfIndex,
  unitsOfRefusal,
  unitsOfTransaction,
  WRITE_UNIT_BYTES,
  writeUnits,
  type IndexChange,
} from './write-units.js';
export type { StreamId } from '../event/stream-id.js';
