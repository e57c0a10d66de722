import { describe, expect, it } from '@jest/globals';
import { checkAppend, checkAppends, checkClose, checkListQuery, checkStream } from './arguments.js';
import type { AppendOptions, CloseOptions, ListQuery, StreamAppend } from './event-store.js';

const stream = { aggregate: 'order', id: 'o-1' };
const refused = (argument: string): unknown =>
  expect.objectContaining({ code: expect.stringMatching(/INVALID_(ARGUMENT|VERSION)/), argument });

/** As callers without types would. */
const append = (options: unknown, to: unknown = stream, events: unknown = [{}]): void => {
  checkAppend(to as typeof stream, events as object[], options as AppendOptions);
};

describe('a stream', () => {
  it.each([stream, { ...stream, tenant: 'acme' }, { aggregate: 'ä #%', id: '😀' }, { aggregate: '\u0000', id: ' ' }])(
    'may be %p',
    (given) => {
      expect(() => {
        checkStream(given);
      }).not.toThrow();
    },
  );

  it.each<[unknown, string]>([
    [undefined, 'stream'],
    [null, 'stream'],
    ['order/o-1', 'stream'],
    [{}, 'stream.aggregate'],
    [{ aggregate: '', id: 'x' }, 'stream.aggregate'],
    [{ aggregate: 'x' }, 'stream.id'],
    [{ aggregate: 'x', id: 5 }, 'stream.id'],
    [{ aggregate: 'x', id: '\udc00' }, 'stream.id'],
    [{ aggregate: 'x', id: 'y', tenant: '' }, 'stream.tenant'],
    [{ aggregate: 'x', id: 'y', tenant: null }, 'stream.tenant'],
  ])('may not be %p', (given, argument) => {
    expect(() => {
      checkStream(given as typeof stream);
    }).toThrow(refused(argument));
  });
});

describe('an append', () => {
  it.each<AppendOptions>([
    { expected: 'none' },
    { expected: 'any', commitId: 'x'.repeat(128), metadata: {}, ttl: new Date(0) },
    { expected: 7 },
    { expected: 'any', idempotencyKey: 'k' },
    { expected: 'any', idempotencyKey: 'ä'.repeat(5000), fingerprint: 'POST /orders' },
    { expected: { stream: { ...stream }, version: 3 } },
  ])('may have %p', (options) => {
    expect(() => {
      append(options);
    }).not.toThrow();
  });

  it.each<[unknown, string]>([
    [undefined, 'options'],
    [{}, 'expected'],
    [{ expected: null }, 'expected'],
    [{ expected: 'latest' }, 'expected'],
    [{ expected: {} }, 'expected'],
    [{ expected: { version: 1 } }, 'expected'],
    [{ expected: { stream } }, 'expected'],
    [{ expected: Object.create(null) as object }, 'expected'],
    [{ expected: { stream: { ...stream, id: 'o-2' }, version: 1 } }, 'expected'],
    [{ expected: { stream: { ...stream, tenant: 'acme' }, version: 1 } }, 'expected'],
    [{ expected: 'none', commitId: '' }, 'commitId'],
    [{ expected: 'none', commitId: 'x'.repeat(129) }, 'commitId'],
    [{ expected: 'none', commitId: '\ud800' }, 'commitId'],
    [{ expected: 'none', commitId: 5 }, 'commitId'],
    [{ expected: 'none', metadata: null }, 'metadata'],
    [{ expected: 'none', metadata: 'text' }, 'metadata'],
    [{ expected: 'none', metadata: [] }, 'metadata'],
    [{ expected: 'none', metadata: new Map() }, 'metadata'],
    [{ expected: 'none', ttl: new Date(Number.NaN) }, 'ttl'],
    [{ expected: 'none', ttl: 60 }, 'ttl'],
    [{ expected: 'none', idempotencyKey: '' }, 'idempotencyKey'],
    [{ expected: 'none', idempotencyKey: 5 }, 'idempotencyKey'],
    [{ expected: 'none', idempotencyKey: '\ud800' }, 'idempotencyKey'],
    [{ expected: 'none', idempotencyKey: 'k', fingerprint: '' }, 'fingerprint'],
    [{ expected: 'none', fingerprint: 'without a key' }, 'fingerprint'],
  ])('may not have %p', (options, argument) => {
    expect(() => {
      append(options);
    }).toThrow(refused(argument));
  });

  it('needs a list of at least one event', () => {
    for (const events of [[], null, {}, 'x'])
      expect(() => {
        append({ expected: 'none' }, stream, events);
      }).toThrow(refused('events'));
  });
});

describe('an atomic write', () => {
  const other = { aggregate: 'stock', id: 's-1' };
  const check = (appends: unknown): void => {
    checkAppends(appends as StreamAppend[]);
  };

  it('may append to several streams, and check others', () => {
    for (const appends of [
      [{ stream, expected: 'any', events: [{}] }],
      [
        { stream, expected: 'none', events: [{}] },
        { stream: other, expected: 7 },
      ],
      [{ stream: other, expected: { stream: other, version: 3 } }],
      [
        { stream, expected: 'none' },
        { stream: { ...stream, tenant: 'acme' }, expected: 'none' },
      ],
    ])
      expect(() => {
        check(appends);
      }).not.toThrow();
  });

  it.each<[string, unknown, string]>([
    ['nothing', [], 'appends'],
    ['no list', { stream }, 'appends'],
    ['something else', [null], 'appends'],
    ['no stream', [{ expected: 'none' }], 'stream'],
    ['no events to append', [{ stream, expected: 'none', events: [] }], 'events'],
    ['an option that an append may not have', [{ stream, expected: 'none', events: [{}], commitId: '' }], 'commitId'],
    ['a check that holds anywhere', [{ stream, expected: 'any' }], 'expected'],
    ['a check of nothing', [{ stream }], 'expected'],
    ['a check against the head of another stream', [{ stream, expected: { stream: other, version: 1 } }], 'expected'],
    [
      'a stream twice',
      [
        { stream, expected: 'none', events: [{}] },
        { stream: { ...stream }, expected: 'none' },
      ],
      'appends',
    ],
  ])('may not have %s', (_, appends, argument) => {
    expect(() => {
      check(appends);
    }).toThrow(refused(argument));
  });
});

describe('the closing of a stream', () => {
  it.each<CloseOptions>([{}, { expected: 7, commitId: 'c-1', metadata: { actorId: 'ada' }, ttl: new Date(0) }])(
    'may have %p',
    (options) => {
      expect(() => {
        checkClose(stream, options);
      }).not.toThrow();
    },
  );

  it.each<[unknown, string]>([
    [null, 'options'],
    [{ expected: 'latest' }, 'expected'],
    [{ commitId: '' }, 'commitId'],
    [{ metadata: [] }, 'metadata'],
    [{ ttl: 5 }, 'ttl'],
  ])('may not have %p', (options, argument) => {
    expect(() => {
      checkClose(stream, options as CloseOptions);
    }).toThrow(refused(argument));
  });
});

describe('a list query', () => {
  it('gets its default page', () => {
    expect(checkListQuery('order', {})).toEqual({ limit: 100 });
    expect(checkListQuery('order', { limit: 1000, order: 'backward' })).toEqual({ limit: 1000, order: 'backward' });
  });

  it.each<[string, unknown, string]>([
    ['', {}, 'aggregate'],
    ['order', { tenant: '' }, 'tenant'],
    ['order', { after: new Date(Number.NaN) }, 'after'],
    ['order', { before: '2024-01-01' }, 'before'],
    ['order', { order: 'desc' }, 'order'],
    ['order', { limit: 0 }, 'limit'],
    ['order', { limit: 1001 }, 'limit'],
    ['order', { limit: 1.5 }, 'limit'],
    ['order', { cursor: 5 }, 'cursor'],
    ['order', { archived: 'yes' }, 'archived'],
  ])('of %j with %p is refused', (aggregate, query, argument) => {
    expect(() => checkListQuery(aggregate, query as ListQuery)).toThrow(refused(argument));
  });
});
