import { afterEach, describe, expect, it } from '@jest/globals';
import {
  defineView,
  DomainEvent,
  On,
  ProgressFence,
  Projection,
  type ProgressStep,
  type RecordedEvent,
  type ViewWriter,
} from 'nestjs-dynamo-event-store';
import { ReadSideWorld, cart } from '../support/read-sides.js';

@DomainEvent({ name: 'placed' })
class Placed {
  constructor(
    public lines: string[],
    public cents: number,
  ) {}
}

interface Seen {
  readonly first: string | undefined;
  readonly rest: readonly string[];
  readonly price: number;
  readonly year: number;
  readonly tags: readonly unknown[];
}
const EXPECTED: Seen = { first: 'a', rest: ['b', 'c'], price: 5, year: 1999, tags: ['x'] };

const view = defineView<Seen>({ name: 'seen', keyedBy: 'key' });

/** Takes event and envelope apart, as people do. */
function takeApart(event: Placed, { recordedAt, metadata, stream }: RecordedEvent<Placed>): Seen {
  const first = event.lines.shift();
  event.cents /= 100;
  recordedAt.setFullYear(1999);
  const tags = (metadata as unknown as { tags: unknown[] }).tags.splice(0);
  (stream as { id: string }).id += '!';
  return { first, rest: event.lines, price: event.cents, year: recordedAt.getFullYear(), tags };
}

let world = new ReadSideWorld();
afterEach(async () => {
  await world.stop();
  world = new ReadSideWorld();
});

/** What the projection makes of one event, and whatever else its stream has. */
async function seenBy(name: string, instance: object, fence?: ProgressFence, events = 1) {
  const process = await world.start([fence === undefined ? instance : { instance, fence }], { events: [Placed] });
  const placed = Array.from({ length: events }, () => new Placed(['a', 'b', 'c'], 500));
  const options = { expected: 'none', metadata: { tags: ['x'] } } as const;
  const head = await process.store.append(cart(name), placed, options);
  await process.projections.waitFor(name, head);
  return process;
}

describe('a projection method that changes its event', () => {
  it('gets the event as it was stored on a retry', async () => {
    let failures = 2;
    @Projection({ name: 'seen', views: [view] })
    class Failing {
      @On(Placed) placed(event: Placed, envelope: RecordedEvent<Placed>, views: ViewWriter): void {
        const seen = takeApart(event, envelope);
        if (failures-- > 0) throw new Error('the mail server is away');
        views.of(view).put('k', seen);
      }
    }
    const { readSide } = await seenBy('seen', new Failing());
    expect(await readSide.readModels.view(view).get('k')).toEqual(EXPECTED);
  });

  it('gets each event of a batch as it was stored when a later one of the batch has failed', async () => {
    const seen: Seen[] = [];
    let failures = 1;
    @Projection({ name: 'seen', views: [view] })
    class Failing {
      @On(Placed) placed(event: Placed, envelope: RecordedEvent<Placed>): void {
        seen.push(takeApart(event, envelope));
        if (envelope.version === 2 && failures-- > 0) throw new Error('not now');
      }
    }
    await seenBy('seen', new Failing(), undefined, 2);
    expect(seen).toEqual([EXPECTED, EXPECTED, EXPECTED, EXPECTED]);
  });

  it('gets the event as it was stored when another stream has changed the same item', async () => {
    let runs = 0;
    @Projection({ name: 'seen', views: [view] })
    class Contended {
      @On(Placed) async placed(event: Placed, envelope: RecordedEvent<Placed>, views: ViewWriter): Promise<void> {
        const seen = takeApart(event, envelope);
        await views.of(view).update('k', () => seen);
        if (runs++ > 0) return;
        const step = { projection: 'seen', generation: 1, stream: cart('other'), from: 0, to: 1 };
        const other = (writer: ViewWriter) => writer.of(view).update('k', () => ({ ...seen, first: 'other' }));
        await (await world.process([])).readSide.readModels.fence([view]).advance(step, other);
      }
    }
    const { readSide } = await seenBy('seen', new Contended());
    expect(runs).toBe(2);
    expect(await readSide.readModels.view(view).get('k')).toEqual(EXPECTED);
  });

  it('gets the event as it was stored when a fence runs its work again', async () => {
    class Twice extends ProgressFence<Seen[]> {
      readonly seen: Seen[] = [];
      private reached = 0;
      applied(): Promise<number> {
        return Promise.resolve(this.reached);
      }
      async advance({ to }: ProgressStep, work: (seen: Seen[]) => Promise<void>): Promise<boolean> {
        await work(this.seen);
        await work(this.seen);
        this.reached = to;
        return true;
      }
    }
    @Projection({ name: 'seen', fence: Twice })
    class Fenced {
      @On(Placed) placed(event: Placed, envelope: RecordedEvent<Placed>, seen: Seen[]): void {
        seen.push(takeApart(event, envelope));
      }
    }
    const fence = new Twice();
    await seenBy('seen', new Fenced(), fence);
    expect(fence.seen).toEqual([EXPECTED, EXPECTED]);
  });
});
