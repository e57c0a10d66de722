import { checkAppend, costOfAppend, costOfRefusedAppend, type AppendFacts } from './append-cost.js';
import { checkedFacts, checkedList } from './arguments.js';
import { checkedCost, totalOf, type Cost } from './cost.js';
import { checkedCommit, type CommitItems } from './read-cost.js';

export interface UpdateFacts {
  /** What it costs to load the aggregate; absent when its state is cached. */
  readonly load?: Cost;
  readonly append: AppendFacts;
  /** The commits that were in the way, in order: one for each race that was lost. Default: none. */
  readonly lost?: readonly CommitItems[];
  /** What each load after two lost races in a row costs. Absent: as `load`; nothing when that is absent too. */
  readonly reload?: Cost;
}

/**
 * `update`: the load, unless the state is cached, and the append. Each lost race costs a refused append; the commit that won
 * comes with the refusal, so only each second one in a row costs a load too.
 * @throws InvalidArgumentError As of `costOfAppend`; or a load is not a cost.
 */
export function costOfUpdate(facts: UpdateFacts): Cost {
  const { load, append, lost = [], reload = load } = checkedFacts('update', facts, '{ append }');
  if (load !== undefined) checkedCost('load', load);
  if (reload !== undefined) checkedCost('reload', reload);
  checkedList('lost', lost).forEach((inTheWay, index) => checkedCommit(`lost[${index}]`, inTheWay, 1));
  checkAppend('append', append);
  const races = lost.map((inTheWay) => costOfRefusedAppend({ append, inTheWay }));
  const reloads = reload === undefined ? [] : Array.from({ length: Math.floor(lost.length / 2) }, () => reload);
  return totalOf(...(load === undefined ? [] : [load]), ...races, ...reloads, costOfAppend(append));
}
