import type { ViewDefinition } from './view.js';

/** How the items of one view are stored, as far as items that are there already depend on it. */
export interface ViewLayout {
  readonly name: string;
  readonly keyedBy: 'stream' | 'key';
  /** Names by place: an entry of an index is stored under the place, not the name. */
  readonly indexes: readonly string[];
  /** Fields that are encrypted. */
  readonly personal: readonly string[];
}

/** The layouts of a projection's views, whose own order does not matter. */
export function layoutsOf(views: readonly ViewDefinition<never>[]): ViewLayout[] {
  return views
    .map(({ name, keyedBy, indexes, personal }) => ({
      name,
      keyedBy,
      indexes: indexes.map((index) => index.name),
      personal: Object.keys(personal?.fields ?? {}).sort(),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Differences between what a build is stored as and what the code would store; none when the code fits. */
export function layoutFaults(kept: readonly ViewLayout[], code: readonly ViewLayout[]): string[] {
  const lost = kept.filter(({ name }) => !code.some((view) => view.name === name));
  return [
    ...lost.map(({ name }) => `It no longer has the view "${name}".`),
    ...code.flatMap((view) => faultsOf(view, kept)),
  ];
}

/** True if items stored under the first layout stay right under the second: views and indexes were only added. */
export function isExtended(kept: readonly ViewLayout[], code: readonly ViewLayout[]): boolean {
  // One view keyed by stream holds the progress itself; of others the progress is an item of its own.
  if (kept.length !== code.length && [kept, code].some((views) => views.length < 2)) return false;
  return kept.every((before) => {
    const now = code.find(({ name }) => name === before.name);
    const first = now?.indexes.slice(0, before.indexes.length);
    return now !== undefined && faultsOf({ ...now, indexes: first ?? [] }, kept).length === 0;
  });
}

function faultsOf(view: ViewLayout, kept: readonly ViewLayout[]): string[] {
  const before = kept.find(({ name }) => name === view.name);
  if (before === undefined) return [`View "${view.name}" is new: what was applied before is missing in it.`];
  const faults: string[] = [];
  if (before.keyedBy !== view.keyedBy)
    faults.push(`View "${view.name}" was keyed by ${before.keyedBy}, and is keyed by ${view.keyedBy} now.`);
  for (const what of ['indexes', 'personal'] as const)
    if (listed(before[what]) !== listed(view[what]))
      faults.push(
        `View "${view.name}" had the ${TITLES[what]} ${listed(before[what])}, and has ${listed(view[what])} now.`,
      );
  return faults;
}

const TITLES = { indexes: 'indexes', personal: 'personal fields' };

function listed(names: readonly string[]): string {
  return names.length === 0 ? '(none)' : names.join(', ');
}
