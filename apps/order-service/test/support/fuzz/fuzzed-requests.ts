import fc from 'fast-check';
import { fuzzedBody, type BodyKind, fuzzedId, oddValue, textOf } from './fuzzed-bodies.js';
import type { FuzzedRequest } from './http-exchange.js';

/** Parts of a cursor that the service has made. */
export type CursorParts = readonly [stamp: string, sort: string, key: string];

interface Route {
  readonly method: string;
  readonly path: string;
}

const oddText = oddValue.map(textOf);
const orderId = fc.oneof(
  { weight: 6, arbitrary: fuzzedId },
  fc.constantFrom('nope', '%FF', '%ED%A0%80', '%00', '..', '%2e%2e', '%2F', 'a%20b', '~', 'x'.repeat(129)),
  oddText.map(encoded),
);
const subscription = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('order-summary', 'revenue', 'payment-process') },
  oddText.map(encoded),
);

const route: fc.Arbitrary<Route> = fc.oneof(
  { weight: 100, arbitrary: fc.constant({ method: 'POST', path: '/orders' }) },
  { weight: 80, arbitrary: step('POST', orderId, ['lines', 'pay', 'ship', 'cancel', 'refund']) },
  {
    weight: 20,
    arbitrary: fc
      .tuple(orderId, oddText.map(encoded))
      .map(([id, product]) => ({ method: 'DELETE', path: `/orders/${id}/lines/${product}` })),
  },
  { weight: 80, arbitrary: fc.constantFrom('/orders', '/revenue').map((path) => ({ method: 'GET', path })) },
  { weight: 40, arbitrary: orderId.map((id) => ({ method: 'GET', path: `/orders/${id}` })) },
  { weight: 40, arbitrary: step('GET', orderId, ['events']) },
  {
    weight: 10,
    arbitrary: fc
      .constantFrom('/health', '/docs', '/docs-json', '/docs/x', '/nowhere', '/', '//', '/orders//', '/ORDERS', '*')
      .map((path) => ({ method: 'GET', path })),
  },
  { weight: 10, arbitrary: subscription.map((name) => ({ method: 'GET', path: `/admin/projections/${name}/parked` })) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(subscription, fc.constantFrom('rebuild', 'resume', 'switch-over'))
      .map(([name, verb]) => ({ method: 'POST', path: `/admin/projections/${name}/${verb}` })),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(subscription, orderId, fc.constantFrom('resume', 'skip'))
      .map(([name, id, verb]) => ({ method: 'POST', path: `/admin/projections/${name}/parked/${id}/${verb}` })),
  },
);

function step(method: string, id: fc.Arbitrary<string>, verbs: readonly string[]): fc.Arbitrary<Route> {
  return fc.tuple(id, fc.constantFrom(...verbs)).map(([order, verb]) => ({ method, path: `/orders/${order}/${verb}` }));
}

/** Percent-encoded, lone surrogates included: as the bytes that a careless client would send for them. */
function encoded(text: string): string {
  return Array.from(text, (sign) => (sign.isWellFormed() ? encodeURIComponent(sign) : '%ED%A0%80')).join('');
}

function cursorText(made: readonly CursorParts[]): fc.Arbitrary<string> {
  const parts = fc.tuple(fc.constantFrom(...made), fc.nat(2), oddValue, fc.nat(5)).map(([cursor, place, odd, kind]) => {
    const edited: unknown[] = [...cursor];
    if (kind > 0) edited[place] = kind < 4 ? textOf(odd) : odd;
    if (kind === 5) edited.push(odd);
    return Buffer.from(JSON.stringify(edited)).toString('base64url');
  });
  return fc.oneof({ weight: 4, arbitrary: parts }, fc.base64String(), oddText.map(encoded));
}

function parameter(made: readonly CursorParts[]): fc.Arbitrary<string> {
  const named = (name: string, value: fc.Arbitrary<string>) => value.map((text) => `${name}=${text}`);
  const version = fc.constantFrom('0', '1', '2', '999999999999999', '9999999999999999', '-1', '1.5', '');
  return fc.oneof(
    named('limit', fc.oneof(version, fc.constantFrom('100', '101', '1e1', '0x10', '%201', 'Infinity'))),
    named('cursor', cursorText(made)),
    named(
      'after',
      fc.tuple(orderId, version).map(([id, at]) => `${id}@${at}`),
    ),
    named('minVersion', version),
    named(
      'asOf',
      fc.oneof(version, fc.constantFrom('2026-01-31', '2026-01-31T12:00:00%2B14:00', '9999-12-31T23:59:59-23:59')),
    ),
    named(
      'customerId',
      fc.oneof(fc.constantFrom('VINET', 'FUZZ', 'c%231', '%F0%9F%98%80', '%FF', '%'), oddText.map(encoded)),
    ),
    named('productId', fc.oneof(fc.constantFrom('chai', 'tofu'), oddText.map(encoded))),
    named('status', fc.constantFrom('placed', 'paid', 'PAID', '__proto__', 'placed%23')),
    named('day', fc.constantFrom('2026-01-31', '9999-12-31', '2026-02-30', '2026-01-31T00:00:00Z')),
    fc.constantFrom(
      'limit[a]=1',
      'limit[]=1',
      '__proto__=1',
      '__proto__[x]=1',
      '&&',
      '=',
      'a',
      '%',
      '%00=%00',
      'constructor=1',
    ),
  );
}

const headerText = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
  fc.constantFrom('', 'ÿ', 'é', 'x'.repeat(300)),
);
const namedHeaders = fc
  .record(
    {
      'If-Match': fc.oneof(
        fc.constantFrom('*', '"0"', '"1"', '"2"', 'W/"1"', '"1", "2"', '"999999999999999"', '"9999999999999999"'),
        headerText,
      ),
      'Idempotency-Key': fc.oneof(
        fc.nat(30).map((key) => `key-${key}`),
        headerText,
      ),
      'X-Min-Version': fc.constantFrom('1', '2', '0', 'x', '999999999999999'),
      'X-Correlation-Id': headerText,
      'Content-Encoding': fc.constantFrom('gzip', 'br', 'deflate', 'identity', 'nonsense'),
      'Transfer-Encoding': fc.constant('chunked'),
      Accept: fc.constantFrom('application/json', 'text/html', '*/*;q=0', 'nonsense'),
      Range: fc.constant('bytes=0-1'),
      'If-None-Match': fc.constantFrom('*', '"1"'),
    },
    { requiredKeys: [] },
  )
  .map((all) => Object.entries(all));

/** Few at a time: most are refused by themselves, and so would hide what comes behind. */
const headers: fc.Arbitrary<Record<string, string>> = fc
  .tuple(namedHeaders, fc.nat(8), fc.integer({ min: 1, max: 3 }))
  .map(([all, first, count]) =>
    Object.fromEntries([...all, ...all].slice(first % Math.max(1, all.length)).slice(0, count)),
  );

const contentType = fc.oneof(
  { weight: 12, arbitrary: fc.constant('application/json') },
  fc.constantFrom(
    'application/json; charset=utf-8',
    'application/json; charset=utf-16',
    'APPLICATION/JSON',
    'application/json;',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/merge-patch+json',
    ';',
    'nonsense',
    '*/*',
  ),
);

/** Requests that are valid, nearly valid, and not at all. */
export function fuzzedRequests(made: readonly CursorParts[]): fc.Arbitrary<FuzzedRequest> {
  const query = fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 3, arbitrary: fc.array(parameter(made), { maxLength: 3 }) },
  );
  const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND');
  const bodies = fc.record({ order: fuzzedBody('order'), line: fuzzedBody('line'), occasion: fuzzedBody('occasion') });
  const usualHeaders = fc.constant<Record<string, string>>({});
  const otherHeaders = fc.oneof({ weight: 3, arbitrary: usualHeaders }, { weight: 2, arbitrary: headers });
  return fc
    .record({ route, query, headers: otherHeaders, contentType, bodies, method, share: fc.nat(99) })
    .map(({ route: { method: usual, path }, query: parameters, headers: others, contentType: type, ...rest }) => {
      const { share } = rest;
      const used = share < 4 ? rest.method : usual;
      const hasBody = used === 'POST' || used === 'PUT' || used === 'PATCH' ? share % 12 !== 7 : share % 20 === 5;
      return {
        method: used,
        path:
          parameters.length === 0 || (used === 'POST' && share % 8 !== 1) ? path : `${path}?${parameters.join('&')}`,
        headers: { ...sent(others, hasBody), ...(hasBody && share % 30 !== 11 ? { 'Content-Type': type } : {}) },
        body: hasBody ? rest.bodies[bodyKindOf(path)] : undefined,
      };
    });
}

function bodyKindOf(path: string): BodyKind {
  if (path === '/orders') return 'order';
  return path.endsWith('/lines') ? 'line' : 'occasion';
}

/** What describes a body goes only with one. Gzip is named for bodies that are not, too. */
function sent(others: Record<string, string>, hasBody: boolean): Record<string, string> {
  if (hasBody) return others;
  return Object.fromEntries(Object.entries(others).filter(([name]) => !name.endsWith('-Encoding')));
}
