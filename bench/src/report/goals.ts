import { ENTRANTS } from '../contestants/roster.js';
import type { Cell } from '../measure/figures.js';
import type { WorkId } from '../works/works.js';

/** A goal of the project, and what this run reached. */
export interface Goal {
  readonly what: string;
  readonly goal: string;
  readonly reached: string;
  readonly met: boolean;
}

/** The goals whose figures this run has. */
export function goalsOf(cells: readonly Cell[]): readonly Goal[] {
  const ratio = (work: WorkId, contestant: string) => ratioOf(cells, work, contestant);
  const atMost = (what: string, limit: number, reached: number | undefined): Goal[] =>
    reached === undefined
      ? []
      : [{ what, goal: `≤ ${limit.toFixed(2)}`, reached: reached.toFixed(2), met: reached <= limit }];
  return [
    ...atMost('append 1 through the store, CPU to the floor', 1, ratio('append-1', 'store')),
    ...atMost('append 10 through the store', 1, ratio('append-10', 'store')),
    ...atMost('append 100 through the store', 1, ratio('append-100', 'store')),
    ...atMost('append 1 through the repository', 1.15, ratio('append-1', 'repository')),
    ...atMost('append 1 through the command bus', 1.35, ratio('append-1', 'command-bus')),
    ...atMost('load 1,000 into an aggregate', 1.2, ratio('load-1000', 'repository')),
    ...atMost(
      'load 1,000 in commits of 10, to the floor in commits of 1',
      0.5,
      ratio('load-1000-packed', 'repository'),
    ),
    ...peersGoal(cells),
    ...atMost('warm update, to one bare PutItem', 1.2, ratio('update', 'repository')),
  ];
}

/** Only peers that answer right count. */
function peersGoal(cells: readonly Cell[]): Goal[] {
  const ours = ratioOf(cells, 'load-1000', 'repository');
  const peers = cells.filter(
    ({ work, contestant, fault, client }) =>
      work === 'load-1000' && !isOurs(contestant) && fault === undefined && client?.ratio !== undefined,
  );
  if (ours === undefined || peers.length === 0) return [];
  const times = peers.map(({ contestant, client }) => ({ contestant, times: (client?.ratio?.median ?? 0) / ours }));
  const reached = times.map((each) => `${each.contestant} ${each.times.toFixed(1)}`).join(', ');
  return [
    {
      what: 'load 1,000: CPU of every peer, to ours',
      goal: '≥ 3',
      reached,
      met: times.every((each) => each.times >= 3),
    },
  ];
}

/** Of this repository, the floor included. */
export function isOurs(contestant: string): boolean {
  return ENTRANTS.some(({ id, kind }) => id === contestant && kind !== 'peer');
}

export function ratioOf(cells: readonly Cell[], work: WorkId, contestant: string): number | undefined {
  const cell = cells.find((each) => each.work === work && each.contestant === contestant);
  return cell?.client?.ratio?.median;
}
