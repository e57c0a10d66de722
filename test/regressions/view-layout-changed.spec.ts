import { afterEach, describe, expect, it } from '@jest/globals';
import {
  defineView,
  InvalidDefinitionError,
  On,
  Projection,
  Reactor,
  type ViewWriter,
} from 'nestjs-dynamo-event-store';
import { eventually } from '../support/eventually.js';
import { ReadSideWorld, cart } from '../support/read-sides.js';
import { ItemAdded } from '../support/shop.js';

interface Line {
  readonly product: string;
  readonly size: string;
}
type Index = 'product' | 'size';

const product = { partition: (line: Line) => line.product };
const size = { partition: (line: Line) => line.size };

/** Code of a projection whose view has these indexes, in this order. */
function linesBy(indexes: Partial<Record<Index, typeof product>>, version = 1, keyedBy: 'stream' | 'key' = 'stream') {
  const view = defineView<Line, Index>({ name: 'lines', keyedBy, indexes: indexes as Record<Index, typeof product> });
  @Projection({ name: 'lines', version, views: [view] })
  class Lines {
    @On(ItemAdded) added(event: ItemAdded, { stream }: { stream: { id: string } }, views: ViewWriter): void {
      views.of(view).put(stream.id, { product: event.product, size: event.quantity > 1 ? 'large' : 'small' });
    }
  }
  return { view, instance: new Lines() };
}

let world = new ReadSideWorld();
afterEach(async () => {
  await world.stop();
  world = new ReadSideWorld();
});

/** A world in which a build with the indexes `product` and `size` holds one item. */
async function built() {
  const code = linesBy({ product, size });
  const before = await world.start([code.instance]);
  const head = await before.store.append(cart('c-1'), [new ItemAdded('tea', 2)], { expected: 'none' });
  await before.projections.waitFor('lines', head);
  return before;
}

describe('check() of a read side', () => {
  it.each([
    [
      'indexes in another order',
      () => linesBy({ size, product }),
      /had the indexes product, size, and has size, product/,
    ],
    ['an index less', () => linesBy({ product }), /had the indexes product, size, and has product now/],
    ['another key', () => linesBy({ product, size }, 1, 'key'), /was keyed by stream, and is keyed by key/],
  ])('rejects a view with %s than the build of its version has', async (_, code, text) => {
    await built();
    const after = await world.process([code().instance]);
    await expect(after.readSide.check()).rejects.toThrow(InvalidDefinitionError);
    await expect(after.readSide.check()).rejects.toThrow(text);
    await expect(after.projections.status('lines')).rejects.toThrow(/raise the version of @Projection/);
  });

  it('takes the same layout, and a changed one under a new version', async () => {
    await built();
    for (const code of [linesBy({ product, size }), linesBy({ size, product }, 2)])
      await expect((await world.process([code.instance])).readSide.check()).resolves.toBeUndefined();
  });

  it('lets a reactor add an index, and rejects a reordered one', async () => {
    const reactor = (indexes: Partial<Record<Index, typeof product>>) => {
      const view = defineView<Line, Index>({
        name: 'own',
        keyedBy: 'key',
        indexes: indexes as Record<Index, typeof product>,
      });
      @Reactor({ name: 'own', views: [view] })
      class Own {
        @On(ItemAdded) added(): void {
          // Only its views matter here.
        }
      }
      return new Own();
    };
    await (await world.process([reactor({ product })])).projections.status('own');
    const extended = await world.process([reactor({ product, size })]);
    await extended.readSide.check();
    await extended.projections.status('own');
    const reordered = await world.process([reactor({ size, product })]);
    await expect(reordered.readSide.check()).rejects.toThrow(/a reactor cannot be built again/);
  });
});

describe('query() of a view', () => {
  it('finds items by the name of the index though code of another version has the indexes in another order', async () => {
    await built();
    const other = linesBy({ size, product }, 2);
    const { readSide } = await world.process([other.instance]);
    const found = await readSide.readModels.view(other.view).query({ index: 'product', partition: 'tea' });
    expect(found.items.map(({ key }) => key)).toEqual(['c-1']);
    const large = await readSide.readModels.view(other.view).query({ index: 'size', partition: 'large' });
    expect(large.items.map(({ key }) => key)).toEqual(['c-1']);
  });

  it('rejects an index that the build that is served does not have, until a build with it is served', async () => {
    const first = linesBy({ product });
    const before = await world.start([first.instance]);
    const head = await before.store.append(cart('c-1'), [new ItemAdded('tea', 2)], { expected: 'none' });
    await before.projections.waitFor('lines', head);
    const second = linesBy({ product, size }, 2);
    const after = await world.process([second.instance]);
    const bySize = () => after.readSide.readModels.view(second.view).query({ index: 'size', partition: 'large' });
    await expect(bySize()).rejects.toMatchObject({ code: 'SUBSCRIPTION_STATE' });
    after.readSide.start();
    await eventually('the new build is served', async () => (await after.projections.activeBuild('lines')) === 2);
    expect((await bySize()).items.map(({ key }) => key)).toEqual(['c-1']);
  });
});
