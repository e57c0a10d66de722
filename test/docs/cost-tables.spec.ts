import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import * as cost from 'nestjs-dynamo-event-store/cost';
import { append, dollarsPerMillion } from '../../docs/examples/append-cost.js';
import { compareAppends } from '../../docs/examples/cost.js';
import { COST_TABLES, type Rows } from './cost-tables.js';
import { root } from './quotes.mjs';

const document = readFileSync(join(root, 'docs/cost.md'), 'utf8');

/** The rows of the table below `<!-- table: name -->`. */
function shown(name: string): Rows {
  const [, table = ''] = new RegExp(`<!-- table: ${name} -->\\n+((?:\\|.*\\n)+)`).exec(document) ?? [];
  const rows = table.trimEnd().split('\n').slice(2);
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('**', '')),
  );
}

describe('docs/cost.md', () => {
  it.each(Object.entries(COST_TABLES))('shows the table "%s" as the functions give it', (name, rows) => {
    expect(shown(name)).toEqual(rows());
  });

  it('names every function of the entry, and no other', () => {
    const functions = Object.entries(cost).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
    expect(functions.length).toBeGreaterThan(30);
    const named = [
      ...document.matchAll(/`((?:costOf|unitsOf|priceOf)\w*|\w+(?:Bytes|Units)|times|totalOf|pagesOf|bytesOf)[`(]/g),
    ];
    const names = new Set(named.map(([, name]) => name!));
    expect(functions.filter((name) => !names.has(name))).toEqual([]);
    expect([...names].filter((name) => !functions.includes(name))).toEqual([]);
  });

  it('says what a million appends cost', () => {
    expect(append).toEqual({ requests: [{ operation: 'PutItem', count: 1 }], writeUnits: 1, readUnits: 0 });
    expect(dollarsPerMillion).toBe(0.625);
  });

  it('says that a commit of several events costs less than items in a transaction, whatever their size', () => {
    for (const bytes of [10, 100, 500, 5_000])
      for (const events of [2, 10, 50]) {
        const { here, itemPerEvent } = compareAppends(bytes, events);
        expect(here).toBeLessThanOrEqual(itemPerEvent! / 2);
      }
  });
});
