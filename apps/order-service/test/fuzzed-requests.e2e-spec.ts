import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eventually } from '../../../test/support/eventually.js';
import { fuzzedRequests, type CursorParts } from './support/fuzz/fuzzed-requests.js';
import { described, exchange, type FuzzedAnswer, type FuzzedRequest } from './support/fuzz/http-exchange.js';
import { startOrderService, type OrderServiceFixture } from './support/order-service.js';
import { placeOrder, TOFU } from './support/samples.js';

/** More by `HTTP_FUZZ_REQUESTS=30000`; the same again by `HTTP_FUZZ_SEED`. */
const REQUESTS = Number(process.env['HTTP_FUZZ_REQUESTS'] ?? 1_500);
const SEED = Number(process.env['HTTP_FUZZ_SEED'] ?? Date.now() % 2 ** 31);
const AT_ONCE = 8;
/** Requests that are made at a time, so that their number is bounded by time and not by memory. */
const PORTION = 1_000;
const LIMIT_BYTES = 100 * 1024;

let service: OrderServiceFixture;

beforeAll(async () => {
  service = await startOrderService({ readWaitMs: 50 });
});

afterAll(async () => {
  await service.close();
});

/** Cursors as lists give them, taken apart. */
async function cursorsOfLists(): Promise<CursorParts[]> {
  for (let order = 0; order < 3; order++)
    await placeOrder(service.api, { customerId: 'FUZZ', lines: [TOFU, { ...TOFU, productId: `f-${order}` }] });
  const lists = ['/orders', '/orders?customerId=FUZZ', '/revenue', '/revenue?productId=tofu'];
  return Promise.all(
    lists.map(async (list) => {
      let cursor: string | undefined;
      await eventually(`${list} has two pages, or none`, async () => {
        const { status, body } = await service.api.get(`${list}${list.includes('?') ? '&' : '?'}limit=1`);
        cursor = body.cursor;
        return status === 200 && (cursor !== undefined || list.includes('productId='));
      });
      if (cursor === undefined) return ['stamp', 'sort', 'key'] as const;
      return JSON.parse(Buffer.from(cursor, 'base64url').toString()) as CursorParts;
    }),
  );
}

/** What is wrong with an answer, whatever was asked. */
function faultOf(request: FuzzedRequest, answer: FuzzedAnswer | Error): string | undefined {
  if (answer instanceof Error)
    return (request.body?.length ?? 0) > LIMIT_BYTES ? undefined : `was not answered: ${answer.message}`;
  const { status, headers, text } = answer;
  const type = headers['content-type'] ?? '';
  if (status >= 500 && status !== 503) return `was answered with ${status}: ${text}`;
  if (status === 503 && headers['retry-after'] === undefined) return 'was 503 without Retry-After';
  if (status === 405 && headers.allow === undefined) return 'was 405 without Allow';
  if (status >= 400 && type !== 'application/problem+json') return `was ${status} as ${type}: ${text}`;
  if (text.includes('node_modules')) return `shows the inside: ${text}`;
  return undefined;
}

async function sendAll(requests: readonly FuzzedRequest[], statuses: Map<string, number>): Promise<string[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const faults: string[] = [];
  const rest = requests.values();
  const work = async () => {
    for (const request of rest) {
      const answer = await exchange(new URL(service.api.url), agent, request);
      const outcome = answer instanceof Error ? 'broken off' : String(answer.status);
      statuses.set(outcome, (statuses.get(outcome) ?? 0) + 1);
      const fault = faultOf(request, answer);
      if (fault !== undefined) faults.push(`${described(request)}\n  ${fault}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  agent.destroy();
  return faults;
}

interface Status {
  readonly name: string;
  readonly active: { readonly generation: number; readonly parked: number };
  readonly next?: object;
}

async function statuses(): Promise<Status[]> {
  return JSON.parse((await service.api.get('/admin/projections')).text) as Status[];
}

describe(`${REQUESTS} fuzzed requests (HTTP_FUZZ_SEED=${SEED})`, () => {
  it('are answered, none with 500, and park no read model', async () => {
    const requests = fuzzedRequests(await cursorsOfLists());
    const counts = new Map<string, number>();
    for (let sent = 0; sent < REQUESTS; sent += PORTION) {
      const numRuns = Math.min(PORTION, REQUESTS - sent);
      const faults = await sendAll(fc.sample(requests, { numRuns, seed: SEED + sent }), counts);
      expect(faults.slice(0, 5)).toEqual([]);
    }
    process.stdout.write(`HTTP_FUZZ_SEED=${SEED}: ${JSON.stringify(Object.fromEntries([...counts].sort()))}\n`);
    // Fuzz that reaches no handler proves nothing.
    for (const status of ['200', '201', '400', '404', '405', '409', '412', '413', '415'])
      expect({ status, answers: counts.get(status) ?? 0 }).not.toEqual({ status, answers: 0 });

    const generations = (await statuses()).map(({ name, active }) => [name, active.generation] as const);
    for (const [name] of generations) await service.api.post(`/admin/projections/${name}/rebuild`);
    await eventually(
      'the read models are built again, with every order',
      async () =>
        (await statuses()).every(
          ({ name, active, next }) =>
            name === 'payment-process' || (next === undefined && active.generation > new Map(generations).get(name)!),
        ),
      120_000,
    );
    expect((await statuses()).map(({ name, active: { parked } }) => ({ name, parked }))).toEqual(
      generations.map(([name]) => ({ name, parked: 0 })),
    );
  }, 1_800_000);
});
