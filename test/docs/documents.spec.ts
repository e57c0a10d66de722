import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as library from 'nestjs-dynamo-event-store';
import { toCommitItem } from '../../libs/dynamo-event-store/src/dynamo/commit-item.js';
import { documents, root, withCurrentQuotes } from './quotes.mjs';

const read = (name: string): string => readFileSync(join(root, name), 'utf8');

describe.each(documents())('%s', (name) => {
  it('quotes the code as it is (run `node test/docs/quotes.mjs` to update)', () => {
    expect(read(name)).toBe(withCurrentQuotes(read(name)));
  });

  it('links only to what exists', () => {
    const targets = [...read(name).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target]) => target!);
    const missing = targets.filter((target) => !existsSync(join(root, dirname(name), target)));
    expect(missing).toEqual([]);
  });
});

describe('docs/errors.md', () => {
  it('lists every error class with its code and whether it is retryable', () => {
    const classes = Object.entries(library).filter(([, value]) => typeof value === 'function' && 'code' in value);
    expect(classes.length).toBeGreaterThan(15);
    const rows = read('docs/errors.md').replaceAll(/ +/g, ' ');
    for (const [name, value] of classes) {
      expect(rows).toContain(`| \`${name}\` | \`${(value as unknown as { code: string }).code}\` |`);
    }
  });
});

describe('docs/table-design.md', () => {
  it('shows the commit item that the code writes', () => {
    const shown = /<!-- item: commit -->\s+```json\n([^]*?)```/.exec(read('docs/table-design.md'));
    const item = toCommitItem(
      {
        stream: { aggregate: 'order', id: 'o-1' },
        version: 1,
        count: 2,
        types: ['order-placed@1', 'order-paid@1'],
        commitId: 'c0ffee00-1111-4222-8333-444455556666',
        recordedAt: 1767225600000,
        metadata: { actorId: 'ada' },
        body: '[[0,{"customerId":"ALFKI"}],[1,{"at":{"$date":"2026-01-01T00:00:00.000Z"}}]]',
        ttl: undefined,
      },
      4,
    );
    expect(JSON.parse(shown![1]!)).toEqual(item);
  });
});
