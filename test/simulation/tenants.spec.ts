import { describe, expect, it } from '@jest/globals';
import { eventTableDefinition } from 'nestjs-dynamo-event-store';
import { Random, SimulatedDynamoDb } from '../../libs/dynamo-event-store/src/testing/simulation/index.js';
import { textOfItem } from '../support/tenants/text-of-item.js';
import { TenantWorld } from '../support/tenants/tenant-world.js';

const TABLE = 'events';

function worldOf(seed: number): { readonly world: TenantWorld; readonly database: SimulatedDynamoDb } {
  const database = new SimulatedDynamoDb();
  database.createTable(TABLE, eventTableDefinition({ tableName: TABLE }));
  const world = new TenantWorld(new Random(seed), (process) => database.clientFor(`p${process}`), TABLE);
  return { world, database };
}

describe('two tenants with equal aggregate names and ids, served by three processes', () => {
  it('never see anything of each other in 10,000 random operations, and each is purged alone', async () => {
    const { world, database } = worldOf(20_260_101);
    await world.run(10_000);
    await world.verify();
    expect(Math.min(...world.done.values())).toBeGreaterThan(300);

    // What is stored under the keys of one holds nothing of the other.
    const items = database.items(TABLE);
    for (const [index, prefix] of ['a#', 'a%23account#'].entries()) {
      const own = items.filter(({ pk }) => pk!.S!.startsWith(prefix)).map(textOfItem);
      expect(own.join().includes(world.tenants[index]!.mark)).toBe(true);
      expect(own.filter((text) => text.includes(world.tenants[1 - index]!.mark))).toEqual([]);
    }
    expect(items.filter(({ pk }) => !/^a(%23account)?#account#/.test(pk!.S!))).toEqual([]);

    await world.purgeTenant(world.tenants[0]!);
    await world.verify();
    expect(database.items(TABLE).filter(({ pk }) => pk!.S!.startsWith('a#'))).toEqual([]);
    expect(world.tenants[1]!.accounts.size).toBeGreaterThan(0);
  });
});
