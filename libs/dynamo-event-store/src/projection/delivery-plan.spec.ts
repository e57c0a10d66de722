import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CommitNotice } from '../feed/commit-notice.js';
import { planDelivery, type DeliveryStep } from './delivery-plan.js';

function notice(first: number, last = first): CommitNotice {
  return { stream: { aggregate: 'a', id: '1' }, first, last, types: [], recordedAt: 0, commit: undefined };
}

function shown(steps: readonly DeliveryStep[]): string[] {
  return steps.map((step) =>
    step.kind === 'gap' ? `gap ${step.from}-${step.to}` : `commit ${step.notice.first}-${step.notice.last}`,
  );
}

describe('planDelivery', () => {
  it.each<[string, number, CommitNotice[], string[]]>([
    ['takes what follows', 2, [notice(3, 4), notice(5)], ['commit 3-4', 'commit 5-5']],
    ['puts commits in order', 0, [notice(3), notice(1, 2)], ['commit 1-2', 'commit 3-3']],
    ['drops what is applied', 4, [notice(1, 2), notice(3, 4)], []],
    ['drops a commit that comes twice', 0, [notice(1, 2), notice(1, 2)], ['commit 1-2']],
    ['keeps a commit that is applied in part', 3, [notice(2, 4)], ['commit 2-4']],
    ['names a gap before', 1, [notice(5)], ['gap 2-4', 'commit 5-5']],
    ['names a gap between', 1, [notice(2), notice(5, 6)], ['commit 2-2', 'gap 3-4', 'commit 5-6']],
    ['has nothing to do without notices', 7, [], []],
  ])('%s', (_, applied, notices, steps) => {
    expect(shown(planDelivery(applied, notices))).toEqual(steps);
  });

  it('reaches the last version without a hole, whatever comes in whatever order', () => {
    const commits = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 }).map((sizes) => {
      let next = 1;
      return sizes.map((size) => notice(next, (next += size) - 1));
    });
    const deliveries = commits.chain((all) =>
      fc.record({
        applied: fc.nat(all.at(-1)?.last ?? 0),
        notices: fc.array(fc.constantFrom(...all), { minLength: 1, maxLength: 20 }),
      }),
    );
    fc.assert(
      fc.property(deliveries, ({ applied, notices }) => {
        const steps = planDelivery(applied, notices);
        let at = applied;
        for (const step of steps) {
          const [from, to] = step.kind === 'gap' ? [step.from, step.to] : [step.notice.first, step.notice.last];
          if (step.kind === 'gap') expect(from).toBe(at + 1);
          else expect(from).toBeLessThanOrEqual(at + 1);
          expect(to).toBeGreaterThan(at);
          at = to;
        }
        expect(at).toBe(Math.max(applied, ...notices.map(({ last }) => last)));
      }),
    );
  });
});
